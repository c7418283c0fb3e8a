"""A report of gardener's own form in which any one value is hostile: every command takes it or refuses it."""

import contextlib
import copy
import io
import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from gardener import cli
from gardener.model import (
    Audited,
    Cause,
    Cell,
    Environment,
    Excerpt,
    Failure,
    Frame,
    Mode,
    Output,
    Phase,
    PriorResult,
    Report,
    Result,
    Selected,
    SelectionSummary,
    Shadow,
    WarningCount,
)

sys.path.append(str(Path(__file__).parent / "bot"))
from botcases import Page

TEST, CELL = "tests/t.py::test_a[x]", "py312"
RAISED = Frame("app/a.py", 7, "f", "project", "raise ValueError")
FAILED = Failure(
    nodeid=TEST,
    phase=Phase.CALL,
    type="ValueError",
    message="no: 1 != 2",
    frames=(Frame("tests/t.py", 3, "test_a", "test", "f()"), RAISED),
    facts={"name": "x", "owner": "app/a.py:C", "file": "app/a.py", "line": "3"},
    causes=(
        Cause(type="KeyError", message="'k'", frames=(RAISED,), facts={"name": "k"}, link="cause"),
    ),
    statement_symbols=("app/a.py:f",),
    body_symbols=("app/a.py:f",),
    suspect="app/a.py:f",
    suspect_raised="KeyError",
    markers=("slow",),
    duration=1.0,
    output=(Output("stdout call", "hi"),),
    known_as=("1:abc",),
    cell=CELL,
)
MISSING = Failure(
    nodeid="tests/u.py",
    phase=Phase.COLLECT,
    type="ModuleNotFoundError",
    message="No module named 'q'",
    facts={"name": "q"},
)
REPORT = Report(
    created="2026-11-22T10:00:00Z",
    gardener="1",
    commit="a" * 40,
    base="b" * 40,
    branch="main",
    shard="1/2",
    environment=Environment("3.12.1", "8.0", "linux", {"a": "1.0"}, ("a",), ("HOME",)),
    command=("pytest", "-q"),
    selection=SelectionSummary(
        Mode.SINCE, "ws", "unit", False, "why", 3, (Selected(TEST, "calls f"),)
    ),
    exit_status=1,
    internal_error="INTERNALERROR> x",
    collected=3,
    deselected=1,
    duration=2.0,
    results=(
        Result(TEST, "failed", 0.1, 1, "", CELL),
        Result(TEST, "passed", 0.1, 2, "alone", CELL),
        Result("tests/t.py::test_b", "passed", 0.1, cell=CELL),
    ),
    failures=(FAILED, MISSING),
    warnings=(WarningCount("DeprecationWarning", "utcnow() is deprecated", "app/a.py", 3, 5),),
    changed_files=("app/a.py",),
    compared="b" * 40,
    before=(PriorResult(TEST, ("passed",), ("1:abc",), "why", CELL),),
    earlier=(PriorResult(TEST, ("passed", "failed"), (), "", CELL),),
    excerpts=(Excerpt("app/a.py", 7, 5, 7, 7, "a\nb\nc"),),
    cell=CELL,
    cells=(Cell(CELL, Environment(), ("1/2",)),),
    missing=("2/2",),
    shadow=Shadow(Audited(1, 3, 2, 2.0, 1.0, 1, 0), Audited(9, 30, 9, 20.0, 12.0, 2, 1)),
)
WHOLE = json.loads(msgspec.json.encode(REPORT))

OF_ANOTHER_KIND: list[Any] = [
    None,
    7,
    -1,
    True,
    "x",
    [],
    {},
    [7],
    [None],
    {"a": 7},
    [[]],
    10**30,
    1.5,
]
COMMANDS = "::error::pwned\n##vso[task.x]y\na ##teamcity[x]\n##[error]x\n\u2028::warning::x"
MARKS = (
    "\n\n# INJECTED\n<blink>EVIL</blink> @octocat #12 https://evil.example/a www.evil.example\n```\n# X\n",
    "`` ` ```</details></summary><blink>x</blink>\r\n\r\n# INJECTED| a | b\n\n- [ ] @octocat",
    "<blink>x</blink> [a](https://evil.example) ![x](https://evil.example/i.png) @octocat GH-9",
)
TEXTS = ["", "\n", "\0", COMMANDS, "x" * 200_000, "..", "::", "a\nb::c", ":", "C:\\x.py", "%s{0}"]
TEXTS += [
    "\u2028x",
    "a/" * 5_000 + "x.py",
    "2026-13-45T99:99:99Z",
    "0/0",
    "\ud800",
    "]]>",
    "\x1b[3",
]
NUMBERS = [0, -1, 10**9, 2**63 - 1, -(2**63), 1e308, -1e308, 5e-324]
FORMATS = ("text", "worklog", "markdown", "html", "json", "junit", "sarif", "gitlab-codequality")
TOLD = [
    *(["report", "r.json", "--format", shape] for shape in FORMATS),
    ["comment", "r.json", "--dry-run"],
    ["comment", "r.json", "--base-report", "r.json", "--dry-run"],
    ["issues", "r.json", "--dry-run"],
    ["issues", "r.json", "--dry-run", "--format", "json"],
    ["merge", "r.json", "good.json", "-o", "m.json"],
]
OBEYED = re.compile(r"^(?:\x1b\[[\d;]*m|[^\S\n])*::|##\[|##vso\[|##teamcity\[", re.MULTILINE)


def places(document, above=()):
    """Each path in a document, with what lies there."""
    for key, inner in document.items() if isinstance(document, dict) else enumerate(document):
        yield (*above, key), inner
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*above, key))


def changed(path, odd):
    """The report with another value at one place."""
    document = copy.deepcopy(WHOLE)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return document


def odd_of_the_same_kind(there):
    if isinstance(there, str):
        return TEXTS
    return NUMBERS if isinstance(there, (int, float)) and not isinstance(there, bool) else []


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "good.json").write_text(json.dumps(WHOLE))
    return tmp_path


def run(*words):
    """The exit code and both outputs."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        code = cli.main([*words])
    for stream in streams:
        stream.flush()
    return code, *(stream.buffer.getvalue().decode() for stream in streams)


def tell(folder, document):
    """Run every command on a report; how many took it."""
    (folder / "r.json").write_text(json.dumps(document))
    for words in TOLD:
        code, out, err = run(*words)
        assert code in (0, 2), (words, err)
        assert not OBEYED.search(out), (words, OBEYED.search(out))
        assert not OBEYED.search(err), words
        if code == 2:
            assert err.startswith("gardener: ")
            assert err.count("\n") == 1
            assert len(err) < 700
            return 0
        if {"json", "sarif", "gitlab-codequality"} & {*words}:
            json.loads(out)
        elif "junit" in words:
            ElementTree.fromstring(out.encode())
    return 1


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_value_of_another_kind_anywhere_is_one_sentence_or_taken(folder, part):
    every = [changed(path, odd) for path, _ in places(WHOLE) for odd in OF_ANOTHER_KIND]
    told = sum(tell(folder, document) for document in every[part::30])
    assert 0 < told < len(every) / 30


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_an_odd_value_of_the_right_kind_anywhere_is_taken(folder, part):
    every = [changed(p, odd) for p, there in places(WHOLE) for odd in odd_of_the_same_kind(there)]
    assert sum(tell(folder, document) for document in every[part::60]) > 5


@pytest.mark.parametrize("key", ["outcome", "nodeid"])
def test_commands_of_a_runner_in_a_report_reach_no_log(folder, key):
    assert tell(folder, changed(("results", 0, key), COMMANDS)) == (key == "nodeid")


def test_durations_that_are_none_break_no_page(folder):
    for duration in (-1e308, 1e308):
        document = changed(("results", 0, "duration"), duration)
        document["failures"][0]["duration"] = duration
        (folder / "r.json").write_text(json.dumps(document))
        assert run("report", "r.json", "--format", "html")[0] == 0


def texts_of(words, out):
    """The Markdown that a command wrote."""
    if words[0] == "issues":
        return [action.get("body", "") for action in json.loads(out)["actions"]]
    return [out]


MARKDOWN = [words for words in TOLD if words[-1] in ("worklog", "markdown", "--dry-run")]
MARKDOWN = [words for words in MARKDOWN if words[0] != "issues"] + [TOLD[-2]]


def assert_harmless(document):
    page = Page(document)
    assert not {"blink", "img"} & {*page.names()}
    assert not [to for tag, to in page.tags if tag == "a" and "evil" in str(to)]
    assert not re.search(r"(?<!\w)@octocat|https://evil|www\.evil|GH-9", page.loose)
    assert page.names().count("h1") <= 1


SPOTS = [
    ("selection", "focus"),
    ("internal_error",),
    ("cells", 0, "name"),
    ("failures", 1, "message"),
]
SPOTS += [("warnings", 0, "message"), ("failures", 0, "output", 0, "title")]


@pytest.mark.parametrize("spot", SPOTS, ids=str)
def test_no_text_of_a_report_is_markdown(folder, spot):
    for marks in MARKS:
        (folder / "r.json").write_text(json.dumps(changed(spot, marks)))
        for words in MARKDOWN:
            code, out, err = run(*words)
            assert code == 0, err
            for text in texts_of(words, out):
                assert_harmless(text)


@pytest.mark.slow
def test_no_text_anywhere_in_a_report_is_markdown(folder):
    spots = [path for path, there in places(WHOLE) if isinstance(there, str)]
    taken = 0
    for number, spot in enumerate(spots):
        (folder / "r.json").write_text(json.dumps(changed(spot, MARKS[number % len(MARKS)])))
        for words in MARKDOWN:
            code, out, _ = run(*words)
            taken += code == 0
            for text in texts_of(words, out) if code == 0 else ():
                assert_harmless(text)
    assert taken > 100
