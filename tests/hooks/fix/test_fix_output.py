"""What `gardener fix` prints: names, notes with the lines of the file on disk, sums, documents."""

import json

import pytest
from gardener.hooks.fix.inputs import Problem
from gardener.hooks.fix.output import LAYOUTS, OutputOptions, _first_change, _OldLines

from gardener.codemod.file_text import Remark
from gardener.codemod.model import Mended


def mended(before, after, *notes, codemods=("utcnow",)):
    remarks = tuple(("utcnow", Remark(line, message)) for line, message in notes)
    return Mended(before.encode(), after.encode(), codemods if before != after else (), remarks)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("a\nb\n", "a\nc\n", 2),
        ("a\nb\n", "x\nb\n", 1),
        ("a\n", "a\nb\n", 2),
        ("a\nb\n", "b\n", 1),
        ("a", "a", 1),
    ],
)
def test_the_first_line_that_changed(before, after, line):
    assert _first_change(mended(before, after)) == line


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\nb\nc", "a\nb\nc", [1, 2, 3]),
        ("a\nb\nc", "new\na\nb\nc", [1, 1, 2, 3]),
        ("a\nb\nc", "a\nc", [1, 3]),
        ("a\nold\nc", "a\nnew\nnewer\nc", [1, 2, 2, 3]),
    ],
)
def test_lines_after_a_change_are_found_before_it(before, after, lines):
    old = _OldLines(mended(before, after))
    assert [old.of(number) for number in range(1, len(lines) + 1)] == lines


CHANGED = mended("a\nb\n", "import x\na\nc\n", (3, "look at 100%\nhere"))
NOTED = mended("a\n", "a\n", (1, "utcnow: look"))  # its own name is not said twice
PRINTED = [
    # layout, dry, stdout, stderr
    ("text", False, "new.py\n", "new.py:3: utcnow: look at 100%\nhere\nold.py:1: utcnow: look\n"
     "gardener: 1 file changed (utcnow: 1), 2 places to fix by hand (or to keep: `# gardener: skip` at the end of the line).\n"),
    ("text", True, "new.py\n", "new.py:2: utcnow: look at 100%\nhere\nold.py:1: utcnow: look\n"
     "gardener: 1 file would change (utcnow: 1), 2 places to fix by hand (or to keep: `# gardener: skip` at the end of the line).\n"),
    ("concise", False, "new.py:3: utcnow: look at 100%\nhere\nnew.py:1: utcnow: changed\n"
     "old.py:1: utcnow: look\n",
     "gardener: 1 file changed (utcnow: 1), 2 places to fix by hand (or to keep: `# gardener: skip` at the end of the line).\n"),
    ("github", True, "::warning file=new.py,line=2,title=utcnow::look at 100%25%0Ahere\n"
     "::notice file=new.py,line=1,title=gardener fix::utcnow: would change this file\n"
     "::warning file=old.py,line=1,title=utcnow::look\n",
     "gardener: 1 file would change (utcnow: 1), 2 places to fix by hand (or to keep: `# gardener: skip` at the end of the line).\n"),
]  # fmt: skip


@pytest.mark.parametrize(("layout", "dry", "stdout", "stderr"), PRINTED)
def test_each_layout(tmp_path, monkeypatch, capsys, layout, dry, stdout, stderr):
    monkeypatch.chdir(tmp_path)
    output = LAYOUTS[layout](OutputOptions(tmp_path, dry=dry))
    output.file("new.py", CHANGED)
    output.file("old.py", NOTED)
    output.end(())
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (stdout, stderr)
    assert (output.changed, output.notes) == (1, 2)


@pytest.mark.parametrize("layout", ["text", "concise", "github"])
def test_nothing_is_printed_where_nothing_is_to_do(tmp_path, capsys, layout):
    LAYOUTS[layout](OutputOptions(tmp_path)).end(())
    assert capsys.readouterr() == ("", "")


def test_the_document(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    output = LAYOUTS["json"](OutputOptions(tmp_path, dry=True))
    output.file("new.py", CHANGED)
    output.end([Problem("x.py", "does not parse")])
    assert json.loads(capsys.readouterr().out) == {
        "files": [
            {
                "file": "new.py",
                "changed": True,
                "codemods": ["utcnow"],
                "notes": [{"line": 2, "codemod": "utcnow", "message": "look at 100%\nhere"}],
            }
        ],
        "errors": [{"file": "x.py", "message": "does not parse"}],
        "changed": 1,
        "notes": 1,
        "written": False,
    }


@pytest.mark.parametrize(("color", "marks"), [(True, 1), (False, 0), (None, 0)])
def test_a_diff_is_coloured_on_demand(tmp_path, monkeypatch, capfdbinary, color, marks):
    monkeypatch.chdir(tmp_path)
    output = LAYOUTS["text"](OutputOptions(tmp_path, diff=True, dry=True, color=color))
    output.file("a.py", mended("a\n", "b\n"))
    printed = capfdbinary.readouterr().out
    assert (b"\x1b[32m+b" in printed) == marks
    assert b"diff --git a/a.py b/a.py" in printed


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["A"], "x.py:1: utcnow: class A stays: why\n"),
        (["A", "B"], "x.py:1: utcnow: a class stays: why (2 places, also x.py:2)\n"),
        (["A", "A"], "x.py:1: utcnow: a class stays: why (2 places, also x.py:2)\n"),
    ],
)
def test_what_a_note_names_is_said_where_it_is_the_only_one_of_its_kind(
    tmp_path, names, told, capsys
):
    remarks = tuple(
        ("utcnow", Remark(line, f"class {name} stays: why", "a class stays: why"))
        for line, name in enumerate(names, 1)
    )
    output = LAYOUTS["text"](OutputOptions(tmp_path, dry=True))
    output.file("x.py", Mended(b"a\n", b"a\n", (), remarks))
    output.end(())
    assert capsys.readouterr().err.startswith(told)
