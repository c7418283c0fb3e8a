"""Gardener on suites that others wrote: pinned source distributions from the package index."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]
CACHE = TOP / ".cache" / "real"


class Library(NamedTuple):
    """A source distribution that ships its tests, and a breakage to plant in it."""

    name: str
    version: str
    needs: tuple[str, ...]
    file: str
    before: str
    after: str


LIBRARIES = [
    Library(
        "starlette",
        "0.46.2",
        (
            "anyio==4.9.0",
            "httpx==0.28.1",
            "itsdangerous",
            "jinja2",
            "python-multipart",
            "pyyaml",
            "trio==0.30.0",
            "pytest==8.4.2",
        ),
        "starlette/middleware/gzip.py",
        'if body != message["body"]:',
        "if False:",
    ),
    Library(
        "python-socketio",
        "5.13.0",
        (
            "python-engineio==4.12.2",
            "bidict",
            "aiohttp==3.12.15",
            "msgpack",
            "redis==6.4.0",
            "requests",
            "simple-websocket",
            "uvicorn==0.35.0",
            "websocket-client",
            "pytest==8.4.2",
            "pytest-asyncio==1.1.0",
            "pytest-timeout",
        ),
        "src/socketio/msgpack_packet.py",
        "return msgpack.dumps(self._to_dict())",
        "return msgpack.dumps([self._to_dict()])",
    ),
    Library(
        "wsproto",
        "1.2.0",
        ("h11==0.16.0", "pytest==8.4.2"),
        "src/wsproto/extensions.py",
        "opcode.iscontrol()",
        "not opcode.iscontrol()",
    ),
]


def run(*command: str, cwd: Path, ok: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode in ok, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def gardener(root: Path, *args: str, ok: tuple[int, ...] = (0, 1)):
    return run(sys.executable, "-m", "gardener", *args, cwd=root, ok=ok)


def prepare(library: Library) -> Path:
    """The unpacked source and `venv` of a library, made once for each Python."""
    needs = hashlib.sha256("\0".join(library.needs).encode()).hexdigest()[:8]
    tag = f"{library.name}-{library.version}-{sys.version_info[0]}{sys.version_info[1]}-{needs}"
    place = CACHE / tag
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
        run(
            *pip,
            "download",
            "--no-binary",
            ":all:",
            "--no-deps",
            "-d",
            ".",
            f"{library.name}=={library.version}",
            cwd=place,
        )
        (archive,) = place.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            top = packed.getnames()[0].partition("/")[0]
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # from 3.11.4 on
            packed.extractall(place)
        (place / top).rename(place / "source")
        run(sys.executable, "-m", "venv", "venv", cwd=place)
        run("venv/bin/python", "-m", "pip", "install", "-q", *library.needs, cwd=place)
        (place / "ready").touch()
    return place


@pytest.fixture(scope="module", params=LIBRARIES, ids=lambda library: library.name)
def library(request):
    return request.param


@pytest.fixture(scope="module")
def root(library, tmp_path_factory):
    """A fresh repository with the library's source, installed editable in its own environment."""
    place = prepare(library)
    root = tmp_path_factory.mktemp(library.name) / "repository"
    shutil.copytree(place / "source", root)
    shutil.copytree(place / "venv", root / ".venv", symlinks=True)
    (root / ".gitignore").write_text(".venv/\n__pycache__/\n*.egg-info/\n.pytest_cache/\n")
    python = str(root / ".venv/bin/python")
    run(python, "-m", "pip", "install", "-q", "--no-deps", "-e", ".", cwd=root)
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    run("git", "init", "-q", cwd=root)
    run("git", "add", "-A", cwd=root)
    run("git", *identity, "commit", "-qm", library.version, cwd=root)
    return root


@pytest.fixture(scope="module")
def whole(root):
    """The report of a run of everything, and the JUnit XML that pytest wrote in that run."""
    gardener(root, "run", "--all", "--report", "whole.json", "--", "--junitxml=whole.xml")
    report = json.loads((root / "whole.json").read_text())
    return report, ET.parse(root / "whole.xml").getroot()


def address(nodeid: str) -> tuple[str, str]:
    """A nodeid as pytest's JUnit XML splits it: class name and name."""
    start, bracket, parameters = nodeid.partition("[")
    path, *names = start.split("::")
    parts = [path.removesuffix(".py").replace("/", "."), *names]
    return ".".join(parts[:-1]), parts[-1] + bracket + parameters


def told_by_junit(case: ET.Element) -> str:
    kinds = {child.tag: child for child in case}
    for tag, outcome in (("error", "error"), ("failure", "failed")):
        if tag in kinds:
            return outcome
    if "skipped" in kinds:
        return "xfailed" if kinds["skipped"].get("type") == "pytest.xfail" else "skipped"
    return "passed"


def test_the_report_says_what_pytest_says_test_for_test(whole):
    report, junit = whole
    theirs = Counter(
        (case.get("classname"), case.get("name"), told_by_junit(case))
        for case in junit.iter("testcase")
    )
    ours = Counter(
        (*address(result["nodeid"]), result["outcome"].replace("xpassed", "passed"))
        for result in report["results"]
    )
    assert sum(ours.values()) > 100
    assert ours == theirs


def test_a_planted_breakage_is_found_by_fewer_tests(library, root, whole):
    report, _ = whole
    failing_before = failing(report)
    file = root / library.file
    text = file.read_text()
    assert library.before in text
    try:
        file.write_text(text.replace(library.before, library.after))
        run("git", "add", library.file, cwd=root)
        selected = report_of(root, "--staged", ok=(1,))
        everything = report_of(root, "--all", ok=(1,))
        caused = failing(everything) - failing_before
        differing = caused ^ (failing(selected) - failing_before)
        # Garbage that is collected while an innocent test runs can fail it once: what the
        # breakage fails, it fails again.
        again = failing(report_of(root, *sorted(differing))) if differing else set()
    finally:
        file.write_text(text)
        run("git", "add", library.file, cwd=root)
    assert caused & failing(selected)
    assert again == set()
    assert len(selected["results"]) < len(report["results"])


def report_of(root: Path, *args: str, ok: tuple[int, ...] = (0, 1)):
    """The report of a run that ends with one of the exit codes `ok`."""
    gardener(root, "run", *args, "--report", "run.json", ok=ok)
    return json.loads((root / "run.json").read_text())


def failing(report) -> set[str]:
    return {r["nodeid"] for r in report["results"] if r["outcome"] in ("failed", "error")}


def test_fix_check_leaves_every_byte(root):
    listed = run("git", "ls-files", "-z", cwd=root).stdout.split("\0")
    before = {name: (root / name).read_bytes() for name in listed if name}
    done = gardener(root, "fix", "--check", ".")
    assert {name: (root / name).read_bytes() for name in before} == before
    assert "Traceback" not in done.stderr
    assert run("git", "status", "--porcelain", "-uno", cwd=root).stdout == ""
