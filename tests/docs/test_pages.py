"""The README and the tutorial show what really happens: every command is run, in order."""

import pytest
from transcript import TOP, Reader, follow, mask, steps

PAGES = [
    "README.md",
    "docs/tutorial.md",
    "docs/focus.md",
    "docs/howto/existing-ci.md",
    "docs/howto/hook-blocked-me.md",
    "docs/howto/many-failures.md",
    "docs/howto/monorepo.md",
    "docs/howto/set-up.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_happens(page, tmp_path):
    for step, said in follow(TOP / page, Reader(tmp_path)):
        assert mask(said) == mask(step.shown), f"$ {step.command}\n(if this is meant: make docs)"


def test_steps():
    block = "$ cat <<X\n> one\n>\n> two\n> X\none\n\ntwo\n$ true\n"
    assert steps(block) == [("cat <<X\none\n\ntwo\nX", "one\n\ntwo\n"), ("true", "")]


def test_a_reader_keeps_the_folder_and_sees_errors(tmp_path):
    reader = Reader(tmp_path)
    assert reader.type("mkdir a && cd a") == ""
    assert reader.type("pwd") == "~/a\n"
    assert "No such file" in reader.type("cat nothing")


def test_mask_hides_only_what_differs():
    text = "at 2025-09-11T20:19:20+00:00 in 1.25 s, commit 0123456789abcdef0123456789abcdef01234567"
    assert mask(text) == "at <time> in <duration>, commit <commit>\n"
    assert mask("13 failing, 57 passed: 4 causes.") == "13 failing, 57 passed: 4 causes.\n"
