"""The pages of the codemods are what their files say, and the tutorial's codemod works."""

import re
import runpy
from pathlib import Path

import pytest

from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.project import Project
from gardener.codemod.trial import faults
from gardener.commands.codemods import explained
from gardener.config import Config

TOP = Path(__file__).parents[2]
KNOWN = discover(Config(TOP / "tests"))


@pytest.mark.parametrize("name", KNOWN)
def test_the_page_is_written_from_the_file(name):
    render = runpy.run_path(str(TOP / "docs" / "render_codemods.py"))
    written = (TOP / "docs" / "codemods" / f"{name}.md").read_text(encoding="utf-8")
    assert written == render["page"](KNOWN[name]), "run python docs/render_codemods.py"


def test_every_codemod_and_no_other_has_a_page_and_a_row():
    pages = {page.stem for page in (TOP / "docs" / "codemods").glob("*.md")}
    rows = set(
        re.findall(
            r"^\| \[([-\w]+)\]\(codemods/", (TOP / "docs/codemods.md").read_text(), re.MULTILINE
        )
    )
    assert pages == rows == set(KNOWN)


def test_the_codemod_of_the_page_works(tmp_path):
    text = (TOP / "docs" / "writing-a-codemod.md").read_text()
    code, _ = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    folder = tmp_path / ".gardener" / "codemods"
    folder.mkdir(parents=True)
    (folder / "no_sleep.py").write_text(code)
    codemod = discover(Config(tmp_path), late=False)["no-sleep"]
    assert len(codemod.examples) == 3
    assert not [fault for example in codemod.examples for fault in faults(codemod, example)]
    assert len(code.splitlines()) < 30
    assert "no-sleep" in explained(codemod)


def test_the_codemod_for_libcst_of_the_page_works(tmp_path):
    text = (TOP / "docs" / "writing-a-codemod.md").read_text()
    _, code = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    folder = tmp_path / ".gardener" / "codemods"
    folder.mkdir(parents=True)
    (folder / "no_print.py").write_text(code)
    config = Config(tmp_path)
    codemod = discover(config)["no-print"]
    assert codemod.summary == "Log instead of print()."
    data = b"if x:\n    print(1)  # one\nprint(1, 2)\n"
    done = mend(data, "a.py", [codemod], Project(tmp_path, config))
    assert done.after == b"if x:\n    log.info(1)  # one\nprint(1, 2)\n"
    assert (done.remarks[0][1].line, len(done.remarks)) == (3, 1)
    assert "several arguments" in done.remarks[0][1].message
