"""What a project's own codemods import: `gardener.codemod`, and for older ones `gardener.source`."""

import subprocess
import sys

import pytest

import gardener.codemod
import gardener.source
from gardener.codemod import engine, source


@pytest.mark.parametrize("name", gardener.codemod.__all__)
def test_each_name_is_the_one_that_gardener_uses(name):
    inside = source if hasattr(source, name) else engine
    assert getattr(gardener.codemod, name) is getattr(inside, name)


@pytest.mark.parametrize("name", gardener.source.__all__)
def test_older_codemods_find_the_same_names(name):
    assert getattr(gardener.source, name) is getattr(gardener.codemod, name)


def test_nothing_else_is_there():
    with pytest.raises(AttributeError, match="has no attribute 'Splice'"):
        _ = gardener.codemod.Splice  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from gardener.codemod import Splice")


def test_the_texts_of_files_are_read_by_nobody_who_does_not_ask():
    """`source` imports ast and tokenize, which a hook with nothing to do need not pay for."""
    code = (
        "import sys, gardener.codemod as c; print('gardener.codemod.source' in sys.modules);"
        "c.Edit; print('gardener.codemod.source' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("module", ["gardener.codemod", "gardener.source"])
def test_a_codemod_of_the_project_runs_with_either(run, module):
    codemod = (
        f'"""Say hello."""\n\nfrom {module} import Edit\n\nNEEDLES = (b"hi",)\n\n\n'
        "def rewrite(source, project):\n"
        '    at = source.data.find(b"hi")\n'
        '    if at >= 0:\n        yield Edit(at, at + 2, "hello")\n'
    )
    outcome = run("greet", 'print("hi")\n', files={"codemods/greet.py": codemod}, folder="codemods")
    assert outcome.after == 'print("hello")\n'
