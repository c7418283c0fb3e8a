"""A server that answers nonsense to whatever is asked: one sentence each, and never a traceback."""

import contextlib
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botcases import make_finding, make_report
from test_comment_site import HEAD, pull_event, run_event

from gardener import cli
from gardener.reports import store

BODIES = (
    *(b"", b"null", b"[]", b"{}", b"7", b'"x"', b"[[]]", b"[null]", b"[7]", b"<html>no</html>"),
    *(b'{"a":', b"[" * 100_000, b"\xff\xfe", b'{"number":"x"}', b'{"message":{"a":[7]}}'),
    b'[{"id":"x","body":7,"user":[]}]',
    b'[{"number":1,"title":null,"body":{},"labels":7}]',
    b'{"content":"%%%","encoding":"base64"}',
    b'{"artifacts":[{"id":-1,"name":7}],"total_count":"x"}',
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: tuple[int, bytes] = (200, b"")

    def log_message(self, *_):
        pass

    def handle_any(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = Handler.answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any


@pytest.fixture(scope="module")
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("status", [200, 302, 403, 404, 409, 422])
def test_whatever_a_server_answers_is_no_crash(status, url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.gardener.github]\nwrite-pause = 0\npatience = 0\ntimeout = 5\n"
    )
    store.save(make_report(make_finding(), commit=HEAD), tmp_path / "r.json")
    push = run_event("octo/chat")
    push["workflow_run"] |= {"event": "push", "head_branch": "main"}
    jobs = [
        ("pull_request", pull_event(3), ["comment", "r.json", "--check-run", "--suggest"]),
        ("workflow_run", run_event("octo/chat"), ["comment"]),
        ("workflow_run", push, ["issues", "r.json"]),
    ]
    for name in ("GITHUB_STEP_SUMMARY", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    told = {"GITHUB_API_URL": url, "GITHUB_REPOSITORY": "octo/chat", "GITHUB_TOKEN": "ghs_x"}
    told |= {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    for name, text in {**told, "NO_PROXY": "*"}.items():
        monkeypatch.setenv(name, text)
    for event, payload, words in jobs:
        monkeypatch.setenv("GITHUB_EVENT_NAME", event)
        (tmp_path / "event.json").write_text(json.dumps(payload))
        for body in BODIES:
            Handler.answer = (status, body)
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                code = cli.main(words)
            assert code in (0, 1, 2), (words, body[:40], out.getvalue())
            assert all(len(line) < 1_500 for line in out.getvalue().splitlines())
