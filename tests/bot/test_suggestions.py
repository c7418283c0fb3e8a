"""Suggestions: right line ranges, only in the diff, imports told, nothing twice, nothing half."""

import re

import pytest
from gardener.bot.content import codemod_run, suggestions
from gardener.bot.content.suggestions import shown_lines, suggest

from gardener.config import Config
from gardener.model import Diagnosis, Patch

CLASS = b"""from pydantic import BaseModel


class User(BaseModel):
    name: str

    class Config:
        frozen = True
        extra = "forbid"

    def hello(self):
        return self.name
"""
MENDED = b"""from pydantic import BaseModel, ConfigDict


class User(BaseModel):
    name: str

    model_config = ConfigDict(frozen=True, extra="forbid")

    def hello(self):
        return self.name
"""


def patch(before=CLASS, after=MENDED, file="app/user.py"):
    return Patch(file=file, before=before, after=after, codemods=("pydantic-config",))


def apply(before: bytes, made) -> bytes:
    """As the site applies them: whole lines replaced, from the bottom."""
    lines = before.decode().split("\n")
    for one in sorted(made, key=lambda s: s.start, reverse=True):
        lines[one.start - 1 : one.end] = one.lines
    return "\n".join(lines).encode()


ALL = frozenset(range(1, 1_000))


def test_several_lines_become_one_and_the_import_is_its_own():
    made = suggest([patch()], {"app/user.py": ALL})
    assert [(s.start, s.end) for s in made] == [(1, 1), (7, 9)]
    assert apply(CLASS, made) == MENDED
    where = made[1].comment()
    assert (where["start_line"], where["line"], where["start_side"]) == (7, 9, "RIGHT")
    assert "start_line" not in made[0].comment()
    code = re.search(r"```suggestion\n(.*?)\n```", where["body"], re.DOTALL)
    assert code and code[1] == '    model_config = ConfigDict(frozen=True, extra="forbid")'
    assert made[1].elsewhere == ()


def test_an_import_outside_of_the_diff_is_told_in_words():
    (one,) = suggest([patch()], {"app/user.py": frozenset(range(4, 12))})
    assert one.start == 7
    body = one.body()
    assert "It needs a change outside of this diff too:" in body
    assert "`from pydantic import BaseModel, ConfigDict` near line 1 of `app/user.py`" in body


def test_a_change_only_half_in_the_diff_is_not_suggested():
    assert suggest([patch()], {"app/user.py": frozenset({7, 8})}) == []
    assert suggest([patch()], {}) == []


def test_the_same_suggestion_is_never_made_twice_even_when_lines_moved():
    made = suggest([patch()], {"app/user.py": ALL})
    keys = suggestions.keys_of([s.body() for s in made])
    assert suggest([patch()], {"app/user.py": ALL}, keys) == []
    moved = patch(b"# new\n\n\n" + CLASS, b"# new\n\n\n" + MENDED)
    assert suggest([moved], {"app/user.py": ALL}, keys) == []
    assert suggest([patch(file="app/other.py")], {"app/other.py": ALL}, keys)


def test_added_lines_come_with_the_line_above_or_below():
    above = patch(b"a = 1\nb = 2\n", b"a = 1\nx = 9\nb = 2\n")
    (one,) = suggest([above], {"app/user.py": ALL})
    assert (one.start, one.end, one.lines) == (1, 1, ("a = 1", "x = 9"))
    top = patch(b"a = 1\nb = 2\n", b"import x\na = 1\nb = 2\n")
    (one,) = suggest([top], {"app/user.py": ALL})
    assert (one.start, one.lines) == (1, ("import x", "a = 1"))


def test_removed_lines_are_an_empty_block():
    (one,) = suggest([patch(b"a = 1\nb = 2\nc = 3\n", b"a = 1\nc = 3\n")], {"app/user.py": ALL})
    assert (one.start, one.end) == (2, 2)
    assert one.body().endswith("```suggestion\n```")


def test_edits_that_lie_together_are_one_suggestion():
    before = b"a = 1\nb = 2\nc = 3\nd = 4\n"
    made = suggest([patch(before, b"A = 1\nb = 2\nC = 3\nd = 4\n")], {"app/user.py": ALL})
    assert len(made) == 1
    assert apply(before, made) == b"A = 1\nb = 2\nC = 3\nd = 4\n"


def test_a_fence_in_the_code_does_not_end_the_block():
    (one,) = suggest(
        [patch(b'x = """\n"""\n', b'x = """\n```\n```` \n"""\n')], {"app/user.py": ALL}
    )
    assert "\n`````suggestion\n" in one.body()
    assert one.body().endswith("\n`````")


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b[31m"])
def test_lines_with_characters_that_cannot_be_seen_are_not_suggested(hidden):
    made = patch(b"x = 1\n", f"x = '{hidden}'\n".encode())
    assert suggest([made], {"app/user.py": ALL}) == []


def test_files_that_are_not_utf8_or_end_in_crlf_do_no_harm():
    assert suggest([patch(b"x = '\xff'\n", b"y = '\xff'\n")], {"app/user.py": ALL}) == []
    assert (
        suggest([patch(b"x = 1\r\ny = 2\r\n", b"z = 1\r\ny = 2\r\n")], {"app/user.py": ALL}) == []
    )


@pytest.mark.parametrize(
    ("diff", "lines"),
    [
        ("@@ -1,2 +1,3 @@\n a\n+b\n c", {1, 2, 3}),
        ("@@ -5 +7 @@ def f():\n-a\n+b", {7}),
        ("@@ -1,2 +0,0 @@\n-a\n-b", set()),
        ("@@ -1,1 +1,1 @@\n-a\n+b\n@@ -9,1 +9,2 @@\n c\n+d", {1, 9, 10}),
        ("", set()),
        ("nonsense @@ -x +y @@", set()),
    ],
)
def test_shown_lines(diff, lines):
    assert shown_lines(diff) == lines


def test_codemods_run_over_bytes_that_are_never_executed(tmp_path):
    files = {
        "app/user.py": CLASS,
        "app/evil.py": b"import os\nos.abort()\nfrom datetime import datetime\ndatetime.utcnow()\n",
        "app/deep.py": b"from datetime import datetime\nx = datetime.utcnow()\n" + b"(" * 5_000,
        "app/broken.py": b"from datetime import datetime\ndatetime.utcnow(\n",
        "app/large.py": b"# datetime utcnow\n" + b"#" * 400_000,
        "notes.txt": b"datetime.utcnow()",
    }
    names = ("utcnow", "pydantic-config", "unknown-one")
    made = codemod_run.patches(files, names, Config(tmp_path), files.__getitem__)
    assert {p.file for p in made} == {"app/user.py", "app/evil.py"}


def test_without_a_codemod_there_is_nothing_to_run():
    assert codemod_run.named_codemods(Diagnosis()) == ()
