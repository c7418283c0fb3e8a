"""Exceptions that a project swallows, so that its tests see only what becomes of them."""

import json
import subprocess

import pytest
from recording_python import MONITORING, lend_pytest

from gardener.cli import main

APP = '''
def read(name):
    return {"title": "x"}[name]

def number(text):
    return int(text)

def handle(path):
    """As a server does: errors become a status."""
    try:
        if path.startswith("/page"):
            return 200, read(path.rpartition("/")[2])
        return 200, number(path[1:])
    except Exception:
        return 500, ""

def mirror(path):
    status, text = handle(path)
    return [] if status == 500 else [text]
'''
TESTS = """
import app

def test_fine(): assert app.handle("/page/title") == (200, "x")
def test_also_fine(): assert app.handle("/12") == (200, 12)
def test_fine_again(): assert app.mirror("/13") == [13]

def test_status(): assert app.handle("/page/author")[0] == 200
def test_text(): assert "of" in app.handle("/page/author")[1]
def test_events(): assert len(app.mirror("/page/date")) == 1

def test_number(): assert app.handle("/x1")[0] == 200
def test_more_numbers():
    status, found = app.handle("/x2")
    assert found > 1
"""


@pytest.fixture(params=MONITORING)
def found(tmp_path, monkeypatch, request):
    root = tmp_path / "repo"
    (root / "tests").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (root / "app.py").write_text(APP)
    (root / "tests/test_app.py").write_text(TESTS)
    monkeypatch.chdir(root)
    lend_pytest(request.param, tmp_path, monkeypatch)
    main(["run", "--all", "--python", request.param, "--report", "r.json"])
    assert main(["report", "r.json", "--format", "json", "-o", "found.json"]) == 0
    return json.loads((root / "found.json").read_text())["findings"]


def test_what_one_swallowed_exception_breaks_is_one_finding(found):
    shown = sorted((one["symbol"], sorted(t[24:] for t in one["tests"])) for one in found)
    assert shown == [
        ("app.py:number", ["more_numbers", "number"]),
        ("app.py:read", ["events", "status", "text"]),
    ]
    assert sorted(one["reason"] for one in found) == [
        "All raise `KeyError` in `app.py:read`, caught or not; passing tests hardly ever do.",
        "All raise `ValueError` in `app.py:number`, caught or not; passing tests hardly ever do.",
    ]
