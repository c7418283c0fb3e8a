"""What a selection would have missed of the failing tests."""

import re
from pathlib import Path

from gardener.hooks.selection.audit import UNSEEN, missed


def test_missed_names_what_no_selected_id_covers():
    failing = ["t.py::test_a[1]", "t.py::C::test_b", "u.py::test_c", "v.py::test_d[x::y]"]
    assert missed(failing, ["t.py::test_a", "t.py::C", "u.py", "v.py::test_d[x::y]"]) == ()
    assert missed(failing, ["t.py::test_a[2]", "u.py::test"]) == tuple(sorted(failing))


def test_missed_knows_folders_with_brackets():
    failing = ["pages/[id]/test_a.py::test_a[x]", "pages/[id]/test_b.py::test_b"]
    assert missed(failing, ["pages/[id]/test_a.py::test_a"]) == ("pages/[id]/test_b.py::test_b",)
    assert missed(failing, ["pages/[id]/test_b.py", "pages/"]) == (failing[0],)


def test_what_is_not_seen_is_what_the_docs_list():
    docs = (Path(__file__).parents[3] / "docs" / "selection.md").read_text()
    section = docs.partition("## What selection does not see")[2].partition("\n## ")[0]
    bullets = [text.partition("\n- ")[0] for text in section.split("\n- **")[1:]]
    words = [re.findall(r"\w+", bullet.lower()) for bullet in bullets]
    assert len(words) == len(UNSEEN)
    for listed, unseen in zip(words, UNSEEN, strict=True):
        assert listed[:5] == re.findall(r"\w+", unseen.lower())[:5]
