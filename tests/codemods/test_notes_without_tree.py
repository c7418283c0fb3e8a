"""Notes of `deprecated-import` that `ast` alone gives are those that libcst's tree gives."""

import subprocess
import sys

import pytest

from gardener.codemod.candidates import candidates
from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.project import Project
from gardener.config import Config

OLD = (
    "import warnings\n\nfrom pkg.new import moved\n\nwarnings.warn('pkg.old is deprecated, use pkg.new', "
    "DeprecationWarning)\n\n\ndef own(): ...\n\n\ndef mine(): ...\n"
)
FILES = {"pkg/__init__.py": "", "pkg/new.py": "def moved(): ...\n", "pkg/old.py": OLD}

# Each with whether `ast` is enough, and the lines of the notes.
CASES = [
    ("a name", "from pkg.old import own\n", True, [1]),
    ("relative", "from .old import own\n", True, [1]),
    ("two names", "from pkg.old import own, mine as m\n", True, [1, 1]),
    ("on lines of their own", "from pkg.old import (\n    own,\n    mine\n    as m,\n)\n", True, [2, 4]),
    ("two statements", "from pkg.old import own; from pkg.old import mine\n", True, [1, 1]),
    ("in a function", "def f():\n    if a:\n        from pkg.old import own\n", True, [3]),
    ("a fallback", "try:\n    from pkg.old import own\nexcept ImportError:\n    own = None\n", True, []),
    ("in another handler", "try:\n    a()\nexcept ImportError:\n    from pkg.old import own\n", True, []),
    ("at last", "try:\n    a()\nexcept ImportError:\n    a = 1\nfinally:\n    from pkg.old import own\n", True, [6]),
    ("of another error", "try:\n    from pkg.old import own\nexcept KeyError:\n    own = None\n", True, [2]),
    ("of several errors", "try:\n    from pkg.old import own\nexcept (KeyError, ImportError):\n    own = 1\n", True, []),
    ("a function in try", "try:\n    def f():\n        from pkg.old import own\nexcept ImportError:\n    f = 1\n", True, [3]),
    ("one of two", "if a:\n    from pkg.old import own\nelse:\n    own = None\n", True, []),
    ("elif", "if a:\n    b()\nelif c:\n    from pkg.old import own\n", True, []),
    ("for types", "if TYPE_CHECKING:\n    from pkg.old import own\nelse:\n    own = None\n", True, [2]),
    ("a logger", "from pkg.old import own\nlog.warning(own)\n", True, [1]),
    ("a lock", "from pkg.old import own\nlock = f()\nwith lock:\n    log.warn(own)\n", True, [1]),
    ("what moves", "from pkg.old import moved, own\n", False, [1]),
    ("a string", "from pkg.old import own\npatch('pkg.old.own')\n", False, [1, 2]),
    ("kept", "from pkg.old import own  # gardener: skip\n", False, []),
    ("awaited", "from pkg.old import own\nwith pytest.warns(DeprecationWarning):\n    own()\n", False, []),
    ("awaited by a helper", "with saves_warning():\n    from pkg.old import own\n", False, []),
    ("stored", "w = saves_warning()\nwith w:\n    from pkg.old import own\n", False, []),
    ("a fixture", "def test(recwarn):\n    from pkg.old import own\n", False, []),
    ("asked for", "from pkg.old import own\nx = sys.modules['pkg.old']\n", False, [1]),
    ("the module", "import pkg.old\nx = pkg.old.own\n", False, [1]),
    ("star", "from pkg.old import *\n", False, [1]),
]  # fmt: skip


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return Project(tmp_path, Config(tmp_path))


@pytest.mark.parametrize(("title", "code", "is_told", "lines"), CASES, ids=[c[0] for c in CASES])
def test_the_same_notes_as_by_the_tree(project, title, code, is_told, lines):
    codemod, path = discover(project.config)["deprecated-import"], "pkg/user.py"
    (project.root / path).write_text(code)
    chosen = candidates(code.encode(), path, [codemod], project)
    by_ast = mend(code.encode(), path, chosen, project)
    by_tree = mend(code.encode(), path, [c._replace(told=None) for c in chosen], project)
    assert by_ast == by_tree
    assert [remark.line for _, remark in by_ast.remarks] == lines
    assert codemod.told is not None
    assert (codemod.told(code.encode(), path, project) is not None) == is_told


def test_libcst_is_not_imported_for_them(project):
    (project.root / "pkg/user.py").write_text("from pkg.old import own\n")
    subprocess.run(["git", "init", "-q", str(project.root)], check=True)
    subprocess.run(["git", "-C", str(project.root), "add", "."], check=True)
    script = (
        "import sys\nfrom gardener.cli import main\n"
        "sys.argv = ['gardener', 'fix', '--only', 'deprecated-import', '--check']\n"
        "try:\n    main()\nfinally:\n    print('libcst' in sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=project.root, capture_output=True, text=True
    )
    assert "pkg/user.py:1: deprecated-import: pkg.old.own is deprecated" in ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "False"
