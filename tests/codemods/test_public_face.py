"""What a project's own codemods import from `gardener.codemod`."""

import subprocess
import sys

import pytest

import gardener.codemod
from gardener.codemod import command, model


@pytest.mark.parametrize("name", gardener.codemod.__all__)
def test_each_name_is_the_one_that_gardener_uses(name):
    inside = command if hasattr(command, name) else model
    assert getattr(gardener.codemod, name) is getattr(inside, name)


def test_nothing_else_is_there():
    with pytest.raises(AttributeError, match="has no attribute 'Splice'"):
        _ = gardener.codemod.Splice  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from gardener.codemod import Splice")


def test_libcst_is_imported_by_nobody_who_does_not_ask():
    """It costs more than all else that a hook with nothing to do does."""
    code = (
        "import sys, gardener.codemod as c; print('libcst' in sys.modules);"
        "c.Command; print('libcst' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_codemod_of_the_project_is_written_like_ours(run):
    codemod = (
        '"""Say hello."""\n\nimport libcst as cst\n\nfrom gardener.codemod import Command, Example\n\n'
        'NEEDLES = (b"hi",)\nEXAMPLES = (Example("a name", "hi\\n", "hello\\n"),)\n\n\n'
        "class Hello(Command):\n"
        "    def find(self, module):\n"
        "        for name in self.index.find(cst.Name):\n"
        '            if name.value == "hi":\n'
        '                self.change(name, lambda old: old.with_changes(value="hello"))\n'
        '                self.note(name, "said")\n'
    )
    files = {"codemods/greet.py": codemod}
    outcome = run("greet", "x = 1\nhi(2)\n", files=files, folder="codemods")
    assert (outcome.after, outcome.notes) == ("x = 1\nhello(2)\n", "2: said")
