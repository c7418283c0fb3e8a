"""deprecated-import: names that are used through a module that deprecates them, and imports that meet."""

import re
import subprocess
import sys

import pytest
from gardener.codemods._deprecated_import import DeprecatedImport
from libcst.metadata import ScopeProvider

from gardener.codemod import prefilter
from gardener.codemod.libcst_adapter import proposed
from gardener.codemod.project import Project
from gardener.codemod.protection import Protection
from gardener.codemod.tree import ParsedFile
from gardener.config import Config

OLD = (
    "import warnings\n\n\ndef __getattr__(name):\n    if name == 'f':\n"
    "        warnings.warn('f moved', DeprecationWarning)\n        from pkg.new import f\n\n"
    "        return f\n    raise AttributeError(name)\n\n\ndef own(): ...\n"
)
WHOLE = (
    "import warnings\n\nfrom pkg.new import A, B\nfrom pkg.third import C\n\n"
    'warnings.warn("pkg.whole is deprecated", DeprecationWarning)\n'
)
FILES = {
    "pkg/__init__.py": "",
    "pkg/old.py": OLD,
    "pkg/whole.py": WHOLE,
    "pkg/new.py": "class A: ...\n\n\nclass B: ...\n\n\ndef f(x=None): ...\n",
    "pkg/third.py": "class C: ...\n",
}

MOVED = [
    ("import", "import pkg.old\n\npkg.old.f()\n", "import pkg.new\n\npkg.new.f()\n"),
    ("import as", "import pkg.old as o\n\no.f()\n", "import pkg.new\n\npkg.new.f()\n"),
    ("from", "from pkg import old\n\nold.f()\n", "from pkg import new\n\nnew.f()\n"),
    (
        "relative, in a function",
        "from . import old, third\n\n\ndef g():\n    return old.f(third.C)\n",
        "from . import new, third\n\n\ndef g():\n    return new.f(third.C)\n",
    ),
    (
        "the old module is needed",
        "import pkg.old\n\npkg.old.f(pkg.old.own())\n",
        "import pkg.old\nimport pkg.new\n\npkg.new.f(pkg.old.own())\n",
    ),
    (
        "the old module is needed, from",
        "from . import old\n\nold.f(old.own())\n",
        "from . import new, old\n\nnew.f(old.own())\n",
    ),
    (
        "the new one is there",
        "from pkg import new as fresh, old\n\nold.f()\n",
        "from pkg import new as fresh, old\n\nfresh.f()\n",
    ),
    (
        "names that went to two modules",
        "from pkg import whole\n\nx = whole.A, whole.C\n",
        "from pkg import new, third\n\nx = new.A, third.C\n",
    ),
    (
        "names that went to two modules, import",
        "import pkg.whole\n\nx = pkg.whole.A, pkg.whole.C\n",
        "import pkg.new\nimport pkg.third\n\nx = pkg.new.A, pkg.third.C\n",
    ),
    (
        "both imports are there",
        "import pkg.whole\nimport pkg.new\n\nx = pkg.whole.A, pkg.new.B\n",
        "import pkg.new\n\nx = pkg.new.A, pkg.new.B\n",
    ),
    (
        "in an f-string",
        "import pkg.old\n\ntext = f'{pkg.old.f()!r}'\n",
        "import pkg.new\n\ntext = f'{pkg.new.f()!r}'\n",
    ),
    (
        "syntax that is newer than Python",
        "from pkg.old import f\n\ntype Made[T] = list[T]\nx = f'{f('a')}'\n",
        "from pkg.new import f\n\ntype Made[T] = list[T]\nx = f'{f('a')}'\n",
    ),
]


@pytest.mark.parametrize(("title", "before", "after"), MOVED, ids=[c[0] for c in MOVED])
def test_moved(run, title, before, after):
    outcome = run("deprecated-import", before, path="pkg/user.py", files=FILES)
    assert (outcome.after, outcome.notes) == (after, "")


LEFT = [
    ("assigned", "from pkg import old\n\nold.f = 3\nold.f()\n", "line 3 assigns it"),
    ("the name is taken", "from pkg import old\n\nnew = 1\nold.f()\n", "use pkg.new.f"),
    ("named in a string", "from pkg import old\n\nold.f()\nx = getattr(old, 'f')\n", "in a string"),
    ("own name", "import pkg.old\n\npkg.old.own()\n", ""),
]


@pytest.mark.parametrize(("title", "code", "note"), LEFT, ids=[c[0] for c in LEFT])
def test_left_alone(run, title, code, note):
    outcome = run("deprecated-import", code, path="pkg/user.py", files=FILES)
    assert outcome.after == code
    assert note in outcome.notes


def test_what_a_test_patches_in_the_old_module_is_left_alone(run):
    test = "from unittest.mock import patch\n\nwith patch('pkg.old.f'): ...\n"
    code = "import pkg.old\n\n\ndef g():\n    return pkg.old.f()\n"
    files = {**FILES, "tests/test_it.py": test}
    outcome = run("deprecated-import", code, path="pkg/user.py", files=files)
    assert outcome.after == code
    assert "tests/test_it.py:3 patches pkg.old.f" in outcome.notes


LAYOUT = [
    (
        "a comment behind the last name and one above it",
        "from pkg.whole import (  # z\n    # first\n    A,  # a\n    # second\n    C,  # c\n)\n",
        "from pkg.new import (  # z\n    # first\n    A,  # a\n)\n# second\nfrom pkg.third import C  # c\n",
    ),
    (
        "two old imports become one",
        "from pkg.whole import A\nfrom pkg.whole import B\n",
        "from pkg.new import A, B\n",
    ),
    (
        "the blank line above an import that goes",
        "import os\n\nfrom pkg.whole import A\nfrom pkg.new import B\n\nx = os\n",
        "import os\n\nfrom pkg.new import A, B\n\nx = os\n",
    ),
    (
        "a comment above stays with its import",
        "from pkg.new import B\n# why\nfrom pkg.whole import A\n",
        "from pkg.new import B\n# why\nfrom pkg.new import A\n",
    ),
    (
        "a long line is broken",
        f"from pkg.whole import A as {'a' * 30}\nfrom pkg.new import B as {'b' * 30}\n",
        f"from pkg.new import (\n    A as {'a' * 30},\n    B as {'b' * 30},\n)\n",
    ),
]


@pytest.mark.parametrize(("title", "before", "after"), LAYOUT, ids=[c[0] for c in LAYOUT])
def test_layout(run, title, before, after):
    outcome = run("deprecated-import", before, path="pkg/user.py", files=FILES)
    assert outcome.after == after, outcome.notes


def test_the_tool_of_libcst_runs_it(tmp_path):
    for name, text in {**FILES, "pkg/user.py": "from pkg.whole import A, C\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    name = "gardener.codemods.deprecated_import.DeprecatedImport"
    command = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "--no-format", "-j1", name]
    file = tmp_path / "pkg" / "user.py"
    subprocess.run([*command, str(file)], cwd=tmp_path, check=True, capture_output=True)
    assert file.read_text() == "from pkg.new import A\nfrom pkg.third import C\n"


FAR = "\n\ndef far(a):\n    b = a + 1\n    return b\n"
AWAITED = (
    "import pytest\nfrom pkg.whole import A\n\n\ndef test_it():\n"
    "    with pytest.warns(DeprecationWarning):\n        A()\n"
)
CARVED = [(t, b, a) for t, b, a in (*MOVED, *LAYOUT) if "f'{f('" not in b]
CARVED += [(title, code, code) for title, code, _ in LEFT] + [("awaited", AWAITED, AWAITED)]


@pytest.mark.parametrize(("title", "before", "after"), CARVED, ids=[c[0] for c in CARVED])
def test_the_outcome_is_the_same_where_functions_are_left_out(
    run, monkeypatch, title, before, after
):
    """Of a project with many files only what may matter of each is parsed."""
    monkeypatch.setattr(prefilter, "_MANY", 0)
    outcome = run("deprecated-import", before + FAR, path="pkg/user.py", files=FILES)
    assert outcome.after == after + FAR


def test_functions_without_such_names_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(prefilter, "_MANY", 0)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    project = Project(tmp_path, Config(tmp_path))
    code = b"from pkg.whole import A as Local\n" + FAR.encode()
    marks = DeprecatedImport.keeps(code, "pkg/user.py", project)
    assert marks is not None
    assert marks.search(b"return Local()") and marks.search(b"import x")
    assert not marks.search(FAR.encode())


def test_the_uses_of_a_module_without_deprecations_stay_left_out(tmp_path):
    """A test that waits for a warning is read again for names that may move, not for all imports."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    code = AWAITED.replace("import pytest", "import os\nimport pytest") + FAR.replace(
        "a + 1", "os.name"
    )
    file = ParsedFile(code.encode(), "pkg/test_use.py", keep=[re.compile(rb"\b(?:import|A)\b")])
    assert file.left_out("os")
    project = Project(tmp_path, Config(tmp_path))
    proposal = proposed(DeprecatedImport, file, project, Protection("deprecated-import", ()))
    assert proposal.edits == ()


def test_scopes_of_libcst_are_found_out_only_for_names_of_rules_that_tables_do_not_tell(tmp_path):
    """libcst needs longer for the scopes of a file than for all else together."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    project = Project(tmp_path, Config(tmp_path))
    inside = "\n\ndef g(pkg):\n    return pkg\n"
    again = "\n\ndef g():\n    global pkg\n    pkg = 1\n"
    cases = [("own", again, False), ("f", "", False), ("f", inside, False), ("f", again, True)]
    for called, more, is_asked in cases:
        code = f"import pkg.old\n\npkg.old.{called}()\n{FAR}{more}".encode()
        file = ParsedFile(code, "use.py", keep=[re.compile(rb"\b(?:import|old|pkg)\b")])
        assert file.carved.left_out
        proposed(DeprecatedImport, file, project, Protection("deprecated-import", ()))
        assert (ScopeProvider in file.wrapper._metadata) is is_asked
