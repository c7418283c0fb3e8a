"""No edit loses a comment, whichever codemod makes it."""

import subprocess
import sys

import pytest

from gardener.codemod.comments import lost

CODEMOD = """\
import libcst as cst

from gardener.codemod import Command

NEEDLES = (b"old",)


class Shorter(Command):
    \"\"\"Call old without arguments.\"\"\"

    def find(self, module):
        for call in self.index.find(cst.Call):
            if self.code(call.func) == "old" and call.args:
                self.change(call, lambda node: cst.Call(cst.Name("old")))
"""


@pytest.mark.parametrize(
    ("before", "after", "is_lost"),
    [
        ("f(  # a\n)", "f()", True),
        ("f(  # a\n)", "g(  # a\n)", False),
        ("f('# a')", "f()", False),
        ("f('\\'# a')", "f()", False),
        ('f("""\n# a\n""")', "f()", False),
        ("a  # x\nb  # x\n", "b  # x\n", True),
        ("a  # x\n", "a  # x  \n", False),
        ("a", "", False),
    ],
)
def test_lost(before, after, is_lost):
    assert lost(before, after) is is_lost


def test_a_codemod_of_the_project_cannot_lose_one(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    folder = tmp_path / ".gardener" / "codemods"
    folder.mkdir(parents=True)
    (folder / "shorter.py").write_text(CODEMOD)
    code = "old(\n    1,  # why\n)\n"
    (tmp_path / "kept.py").write_text(code)
    (tmp_path / "changed.py").write_text("old(1)  # why\n")
    subprocess.run(["git", "add", "*.py"], cwd=tmp_path, check=True)
    command = [sys.executable, "-m", "gardener", "fix", "--only", "shorter"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "kept.py:1: shorter: left as it is: a comment would be lost" in done.stderr
    assert (tmp_path / "kept.py").read_text() == code
    assert (tmp_path / "changed.py").read_text() == "old()  # why\n"
