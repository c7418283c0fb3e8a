"""What the terminal shows of findings: evidence, the command for a rerun, what `-q` leaves."""

from pathlib import Path

import pytest

from gardener.cli import main
from gardener.model import (
    Excerpt,
    Failure,
    Finding,
    Frame,
    Kind,
    Output,
    Phase,
    Priority,
    Report,
    Result,
    Status,
)
from gardener.render.terminal_evidence import lines_of_evidence, rerun_command
from gardener.reports.store import save

SOURCE = "\n".join(f"    line_{number}()" for number in range(7, 14))
FRAMES = (
    Frame("tests/test_a.py", 3, "f", "test", "line_3()"),
    Frame("/lib/x.py", 9, "f", "library", "line_9()"),
    Frame("app.py", 10, "f", "project", "line_10()"),
)


def failure(number=1, **fields):
    return Failure(
        nodeid=f"tests/test_a.py::test_{number}",
        phase=Phase.CALL,
        type="ValueError",
        message="bad",
        frames=fields.pop("frames", FRAMES),
        **fields,
    )


EXCERPT = Excerpt("app.py", 10, 7, 10, 10, SOURCE)


def report(*failures, excerpts=(EXCERPT,)):
    results = tuple(Result(f.nodeid, "failed") for f in failures)
    return Report(
        created="2026-01-01T00:00:00+00:00", results=results, failures=failures, excerpts=excerpts
    )


def finding(*failures, **fields):
    return Finding(
        fingerprint="1:a",
        kind=Kind.FAILING,
        category="other",
        slug="a",
        title="ValueError: bad",
        status=Status.NEW,
        priority=Priority.P2,
        failures=failures,
        **fields,
    )


def shown(run, found, *, verbose=False):
    return list(lines_of_evidence(run, found, verbose=verbose))


def test_a_few_lines_of_one_test():
    printed = Output("stdout call", "\n".join(f"printed {n}" for n in range(9)))
    failures = failure(1), failure(2, output=(printed,))
    assert shown(report(*failures), finding(*failures)) == [
        "   9      line_9()",
        "> 10      line_10()",
        "  11      line_11()",
        "by tests/test_a.py:3 > app.py:10",
        "stdout call (the last 4 of 9 lines; -v shows all):",
        *(f"  | printed {n}" for n in (5, 6, 7, 8)),
    ]


def test_verbose_shows_all():
    printed = Output("log call", "\n".join(f"printed {n}" for n in range(9)))
    first = failure(1, output=(printed,))
    lines = shown(report(first), finding(first), verbose=True)
    assert sum(line.strip().startswith(("7 ", "13 ", "> 10")) for line in lines) == 3
    assert "tests/test_a.py:3 in f" in lines and "ValueError: bad" in lines
    assert "log call:" in lines and "  | printed 0" in lines


@pytest.mark.parametrize(
    ("begin", "end", "line", "numbers"),
    [
        (10, 10, 10, [9, 10, 11]),
        (7, 7, 7, [7, 8]),
        (13, 13, 13, [12, 13]),
        (8, 11, 9, [7, 8, 9, 10, 11, 12]),
    ],
)
def test_the_statement_has_a_neighbour_at_each_side(begin, end, line, numbers):
    run = report(failure(), excerpts=(Excerpt("app.py", 10, 7, begin, end, SOURCE),))
    run_lines = shown(run, finding(failure(frames=FRAMES[-1:])))
    assert [int(text.strip("> ").split()[0]) for text in run_lines] == numbers, line


def test_an_empty_neighbour_is_left_out():
    text = "\n".join(["a()", "", "b()", "", "c()"])
    run = report(failure(), excerpts=(Excerpt("app.py", 10, 8, 10, 10, text),))
    assert shown(run, finding(failure(frames=FRAMES[-1:]))) == ["> 10  b()"]


def test_of_a_long_statement_what_lies_around_its_line_is_shown():
    text = "\n".join(f"line_{number}()" for number in range(1, 41))
    frames = (Frame("app.py", 30, "f", "project"),)
    run = report(failure(frames=frames), excerpts=(Excerpt("app.py", 30, 1, 3, 38, text),))
    lines = shown(run, finding(failure(frames=frames)))
    assert len(lines) <= 7 and "> 30  line_30()" in lines


def test_a_long_way_is_cut_in_its_middle():
    frames = tuple(Frame("a.py", n, "f", "project") for n in range(1, 10))
    run = report(failure(frames=frames), excerpts=())
    (way,) = shown(run, finding(failure(frames=frames)))
    assert way == "by a.py:1 > … 5 more … > a.py:7 > a.py:8 > a.py:9"


def test_without_evidence_nothing_is_shown():
    bare = failure(frames=())
    assert shown(report(bare, excerpts=()), finding(bare)) == []


def test_the_command_runs_those_tests():
    few = [failure(number) for number in range(3)]
    assert rerun_command(finding(*few)) == "gardener run " + " ".join(f.nodeid for f in few)
    many = [failure(number) for number in range(9)]
    assert rerun_command(finding(*many)) == f"gardener run {many[0].nodeid}  # the first of 9"
    after = finding(few[0], after="t.py::test_x[a b]")
    assert rerun_command(after) == f"gardener run 't.py::test_x[a b]' {few[0].nodeid}"


def test_the_text_goes_into_a_file_too(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)
    save(report(failure()), Path("r.json"))
    assert main(["report", "r.json"]) == 0
    printed = capsys.readouterr().out
    assert "> 10      line_10()" in printed and "$ gardener run tests/test_a.py::test_1" in printed
    assert main(["report", "r.json", "-o", "new/x.txt"]) == 0
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", "new/x.txt written.\n")
    assert Path("new/x.txt").read_text() == printed


@pytest.mark.parametrize(
    ("number", "in_full", "in_a_line", "left"), [(50, 50, 0, 0), (51, 10, 30, 11)]
)
def test_of_very_many_causes_the_first_are_shown_and_the_others_counted(
    tmp_path, monkeypatch, capsys, number, in_full, in_a_line, left
):
    monkeypatch.chdir(tmp_path)
    names = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(number)]
    failures = [
        Failure(
            nodeid=f"test_{name}.py::test_x",
            phase=Phase.CALL,
            type=f"{name.title()}Error",
            message=f"{name} is wrong",
        )
        for name in names
    ]
    save(report(*failures, excerpts=()), Path("r.json"))
    assert main(["report", "r.json"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("  $ gardener run ") == in_full
    assert printed.count(": 1 test, at ") == in_a_line
    assert (f"… and {left} more causes of {left} failures; -q lists them" in printed) is bool(left)
    assert main(["report", "r.json", "-v"]) == 0
    assert capsys.readouterr().out.count("  $ gardener run ") == number
    assert main(["report", "r.json", "-q"]) == 0
    assert capsys.readouterr().out.count(": 1 test, at ") == number


def collecting(file):
    return Failure(
        nodeid=file, phase=Phase.COLLECT, type="ValueError", message="bad", frames=FRAMES
    )


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ((failure(),), "  1 test. It is the only test with this cause.\n"),
        ((collecting("tests/conftest.py"),), "  1 file. It is the only file with this cause.\n"),
        ((collecting("tests/a.py"), collecting("tests/b.py")), "\n  2 files. "),
        ((failure(), collecting("tests/b.py")), "\n  1 test and 1 file. "),
    ],
)
def test_a_file_that_was_not_collected_is_no_test(
    failures, expected, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    save(report(*failures), Path("r.json"))
    main(["report", "r.json"])
    assert expected in capsys.readouterr().out
