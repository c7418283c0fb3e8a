"""Notes of `by-hand` and `running-loop` that `ast` alone gives are those that libcst's tree gives."""

import pytest

from gardener.codemod.candidates import candidates
from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.project import Project
from gardener.config import Config

REQUIREMENTS = "fastapi==0.115.0\npytest-asyncio==0.24.0\nwebsockets==14.1\n"
LOOP = "    return asyncio.get_event_loop()\n"
FIXTURE = "@{}\ndef event_loop():\n    yield\n"

# Each with whether `ast` is enough, and the lines of the notes.
CASES = [
    ("running-loop", "a function", f"import asyncio\ndef f():\n{LOOP}", True, [3]),
    ("running-loop", "the module", "import asyncio\nloop = asyncio.get_event_loop()\n", True, [2]),
    ("running-loop", "over lines", "import asyncio\nx = asyncio.get_event_loop(\n)\n", True, [3]),
    ("running-loop", "by its name", "from asyncio import get_event_loop as g, get_event_loop\nx = get_event_loop()\n", True, [2]),
    ("running-loop", "of events", "from asyncio import events\nx = events.get_event_loop()\n", True, [2]),
    ("running-loop", "imported in the function", f"def f():\n    import asyncio\n{LOOP}", True, [3]),
    ("running-loop", "imported in another", f"def g():\n    import asyncio\n\ndef f():\n{LOOP}", True, []),
    ("running-loop", "in a function within", f"def g():\n    import asyncio\n    def f():\n    {LOOP}", True, [4]),
    ("running-loop", "in its default", "def g(x=asyncio.get_event_loop()):\n    import asyncio\n", True, []),
    ("running-loop", "with an argument", "import asyncio\nx = asyncio.get_event_loop(1)\n", True, []),
    ("running-loop", "of another module", "import asyncio, trio\nx = trio.get_event_loop()\n", True, []),
    ("running-loop", "a parameter", f"import asyncio\ndef f(asyncio):\n{LOOP}", False, []),
    ("running-loop", "another value", f"import asyncio\nasyncio = 1\ndef f():\n{LOOP}", False, []),
    ("running-loop", "global", f"import asyncio\ndef g():\n    global asyncio\n    import asyncio\ndef f():\n{LOOP}", False, [6]),
    ("running-loop", "two modules", "try:\n    import asyncio\nexcept ImportError:\n    import trio as asyncio\nx = asyncio.get_event_loop()\n", False, []),
    ("running-loop", "an alias", "import asyncio\naio = asyncio\nx = aio.get_event_loop()\n", False, [3]),
    ("running-loop", "a star", "import asyncio\nfrom a import *\nx = asyncio.get_event_loop()\n", False, []),
    ("running-loop", "of a class", "class A:\n    import asyncio\n    x = asyncio.get_event_loop()\n", False, [3]),
    ("running-loop", "in a text", "import asyncio\nx = f'{asyncio.get_event_loop()}'\n", False, [2]),
    ("running-loop", "a coroutine", f"import asyncio\nasync def f():\n{LOOP}", False, []),
    ("running-loop", "a lambda in one", "import asyncio\nasync def f():\n    return lambda: asyncio.get_event_loop()\n", False, [3]),
    ("running-loop", "a function in one", f"import asyncio\nasync def g():\n    def f():\n    {LOOP}", True, [4]),
    ("running-loop", "kept", "import asyncio\nx = asyncio.get_event_loop()  # gardener: skip\n", False, []),
    ("by-hand", "a module", "import distutils.version\n", True, [1]),
    ("by-hand", "over lines", "from distutils.util import (\n    strtobool,\n)\n", True, [3]),
    ("by-hand", "modules of a package", "from distutils import log, sysconfig as s\nfrom distutils.errors import A\n", True, [1, 2]),
    ("by-hand", "two statements", "import distutils.version; from distutils import core\n", True, [1, 1]),
    ("by-hand", "one of two", "try:\n    import distutils.version\nexcept ImportError:\n    import packaging\n", False, []),
    ("by-hand", "in a function in one", "try:\n    def f():\n        import distutils.version\nexcept ImportError:\n    import a\n", True, [3]),
    ("by-hand", "under a condition", "if a:\n    import distutils.version\n", False, [2]),
    ("by-hand", "relative", "from .distutils import version\nimport distutils.version\n", True, [2]),
    ("by-hand", "kept", "import distutils  # gardener: skip\n", False, []),
    ("by-hand", "a use", "import asyncio\n@asyncio.coroutine\ndef f(): ...\n", True, [2]),
    ("by-hand", "a use that is hidden", "import asyncio\ndef f(asyncio):\n    return asyncio.coroutine\n", False, []),
    ("by-hand", "a method", "from fastapi import FastAPI\napp = FastAPI()\n@app.on_event('startup')\ndef f(): ...\n", False, [3]),
    ("by-hand", "a fixture", "import pytest\n" + FIXTURE.format("pytest.fixture"), True, [3]),
    ("by-hand", "one that is called", "import pytest\n" + FIXTURE.format("pytest.fixture(scope='session')"), True, [3]),
    ("by-hand", "one of another kind", "import mine\n" + FIXTURE.format("mine.fixture"), True, []),
    ("by-hand", "one that is hidden", "import pytest\npytest = 1\n" + FIXTURE.format("pytest.fixture"), False, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "title", "code", "is_told", "lines"), CASES)
def test_the_same_notes_as_by_the_tree(tmp_path, name, title, code, is_told, lines):
    (tmp_path / "requirements.txt").write_text(REQUIREMENTS)
    (tmp_path / "user.py").write_text(code)
    project = Project(tmp_path, Config(tmp_path))
    codemod, source = discover(project.config)[name], code.encode()
    chosen = candidates(source, "user.py", [codemod], project)
    assert chosen, title
    by_ast = mend(source, "user.py", chosen, project)
    by_tree = mend(source, "user.py", [c._replace(told=None) for c in chosen], project)
    assert by_ast == by_tree
    assert [remark.line for _, remark in by_ast.remarks] == lines
    assert codemod.told is not None
    assert (codemod.told(source, "user.py", project) is not None) == is_told


def test_a_module_beside_a_script_is_not_meant(tmp_path):
    code = b"import asyncio\nx = asyncio.get_event_loop()\n"
    (tmp_path / "asyncio.py").write_text("")
    (tmp_path / "user.py").write_bytes(code)
    project = Project(tmp_path, Config(tmp_path))
    codemod = discover(project.config)["running-loop"]
    assert codemod.told is not None
    assert codemod.told(code, "user.py", project) == []
