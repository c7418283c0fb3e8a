"""pkg-resources, running-loop and by-hand: what changes gives the same, and what stays."""

import asyncio
import warnings

import pytest
from gardener.codemods._by_hand_table import rows

NINE = {"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'}
SAME = [
    ("version", "import pkg_resources\nx = pkg_resources.get_distribution('click').version\n"),
    ("under another name", "import pkg_resources as p\nx = p.get_distribution('libcst').version\n"),
    ("by its name", "from pkg_resources import get_distribution as g\nx = g('click').version\n"),
    (
        "missing",
        "import pkg_resources\ntry:\n    x = pkg_resources.get_distribution('no-such-one').version\n"
        "except pkg_resources.DistributionNotFound:\n    x = 'none'\n",
    ),
    (
        "missing, any error",
        "try:\n    import pkg_resources\n    x = pkg_resources.get_distribution('no-such-one').version\n"
        "except Exception:\n    x = 'none'\n",
    ),
    ("bytes", "import pkg_resources\nx = pkg_resources.resource_string('click', 'core.py')\n"),
    ("file", "from pkg_resources import resource_filename\nx = resource_filename('click', 'core.py')\n"),
    ("in a function", "import pkg_resources\ndef f():\n    return pkg_resources.get_distribution('click').version\nx = f()\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code"), SAME, ids=[c[0] for c in SAME])
def test_importlib_gives_what_pkg_resources_gave(run, title, code):
    pytest.importorskip("pkg_resources")
    outcome = run("pkg-resources", code, files=NINE)
    assert "pkg_resources" not in outcome.after, outcome.notes
    assert not run("pkg-resources", outcome.after, files=NINE).changed
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, before)
        exec(outcome.after, after)
    assert before["x"] == after["x"]


STAYS = [
    ("a working set", "import pkg_resources\nx = pkg_resources.working_set\n", "working_set: importlib.metadata.distributions()"),
    ("an import error is caught", "import pkg_resources\ntry:\n    x = pkg_resources.get_distribution('a').version\nexcept ImportError:\n    x = 1\n", "`except ImportError`"),
    ("a name that is made", "import pkg_resources\nx = pkg_resources.get_distribution(name).version\n", "importlib.metadata.distribution takes"),
    ("a requirement", "import pkg_resources\nx = pkg_resources.get_distribution('a>=1').version\n", "importlib.metadata.distribution takes"),
    ("all of a distribution", "import pkg_resources\nx = pkg_resources.get_distribution('a')\n", "importlib.metadata.distribution takes"),
    ("a path above", "import pkg_resources\nx = pkg_resources.resource_string('a', '../b')\n", "importlib.resources.files takes"),
    ("a path that names will be put behind", "import pkg_resources\nx = pkg_resources.resource_filename('a', 'b/') + 'c'\n", "importlib.resources.files takes"),
    ("a path by way of its folder", "import pkg_resources\nx = pkg_resources.resource_filename('a', './b')\n", "importlib.resources.files takes"),
    ("a module's own", "import pkg_resources\nx = pkg_resources.resource_string(__name__, 'b')\n", "importlib.resources.files takes"),
    ("a version as such", "import pkg_resources\nx = pkg_resources.parse_version('1')\n", "parse_version: packaging.version.parse takes its place"),
    ("a private name", "import pkg_resources\nx = pkg_resources.normalize_path('a')\n", "the standard library has no equal"),
    ("kept", "import pkg_resources\nx = pkg_resources.get_distribution('a').version  # gardener: skip\n", ""),
    ("a comment in the call", "import pkg_resources\nx = pkg_resources.resource_string(\n    'a',  # why\n    'b',\n)\n", "a comment stands in it"),
    ("an import on a line with more", "import pkg_resources; x = pkg_resources.get_distribution('a').version\n", "something else stands on the line"),
    ("an import in an if's line", "if 1: import pkg_resources\nx = pkg_resources.get_distribution('a').version\n", "something else stands on the line"),
    ("a module of it", "import pkg_resources.extern\nx = pkg_resources.get_distribution('a').version\n", "a module of it is imported"),
    ("bound by global", "def f():\n    global pkg_resources\n    import pkg_resources\n\ndef g():\n    return pkg_resources.get_distribution('a').version\n", "bound for another scope"),
    ("importlib in the function", "import pkg_resources\ndef f():\n    x = pkg_resources.get_distribution('a').version\n    import importlib\n", "importlib is bound in the function"),
    ("an import error is suppressed", "import pkg_resources\nwith suppress(ImportError):\n    x = pkg_resources.get_distribution('a').version\n", "`with suppress()` is around it"),
    ("what the error knows", "import pkg_resources\ntry:\n    x = pkg_resources.get_distribution('a').version\nexcept pkg_resources.DistributionNotFound as e:\n    print(e.req)\n", "the error has other attributes"),
    ("another importlib", "import pkg_resources\nimportlib = 1\nx = pkg_resources.get_distribution('a').version\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code", "note"), STAYS, ids=[c[0] for c in STAYS])
def test_what_has_no_equal_stays(run, title, code, note):
    outcome = run("pkg-resources", code, files=NINE)
    assert outcome.after == code
    assert note in outcome.notes
    assert bool(note) is bool(outcome.notes)


A_VERSION = "pkg_resources.get_distribution('a').version\n"
STILL_NEEDED = [
    ("the module itself", f"import pkg_resources\nx = {A_VERSION}y = getattr(pkg_resources, z)\n", ""),
    ("beside another", f"import os, pkg_resources\nx = {A_VERSION}y = os.sep, pkg_resources\n", ""),
    ("a star", f"from pkg_resources import *\nimport pkg_resources\nx = {A_VERSION}y = parse_version('1')\n", ""),
    ("in a string", f"import pkg_resources\nx = {A_VERSION}def f(y: 'pkg_resources.Distribution'): ...\n", ""),
    ("an attribute of a class", f"class A:\n    import pkg_resources\n    x = {A_VERSION}    y = lambda self: self.pkg_resources\n", ""),
    ("taken by another file", f"import pkg_resources\nx = {A_VERSION}", "import example\nexample.pkg_resources\n"),
    ("taken from a name", "from pkg_resources import get_distribution\nx = get_distribution('a').version\n", "from example import get_distribution\n"),
    ("in __all__", "from pkg_resources import get_distribution\n__all__ = ['get_distribution']\nx = get_distribution('a').version\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code", "taker"), STILL_NEEDED, ids=[c[0] for c in STILL_NEEDED])
def test_an_import_stays_where_more_than_what_changes_needs_it(run, title, code, taker):
    after = run("pkg-resources", code, files={"taker.py": taker}).after
    line = next(line for line in code.splitlines() if "import" in line)
    assert f"{line}\n" in after
    assert "import importlib.metadata\n" in after and "importlib.metadata.version('a')" in after


NEW = "import importlib.metadata"
BESIDE = [
    ("import os, pkg_resources", f"{NEW}\nimport os"),
    ("import pkg_resources, os  # why", f"{NEW}\n\nimport os  # why"),
    ("import os, pkg_resources, re", f"{NEW}\nimport os, re"),
    ("import os, \\\n    pkg_resources", f"{NEW}\nimport os"),
    ("import os, pkg_resources, pkg_resources as p", f"{NEW}\nimport os"),
    ("import pkg_resources, pkg_resources_extra", f"{NEW}\n\nimport pkg_resources_extra"),
]


@pytest.mark.parametrize(("imports", "left"), BESIDE)
def test_of_several_imports_only_the_one_that_is_not_needed_goes(run, imports, left):
    after = run("pkg-resources", f"{imports}\nx = {A_VERSION}").after
    assert after == f"{left}\nx = importlib.metadata.version('a')\n"


OLD = "import pkg_resources"
ORDERED = [
    # What the file imports before and after.
    (f"import ast\nimport os\n\n{OLD}\nimport yaml\n", f"import ast\n{NEW}\nimport os\n\nimport yaml\n"),
    (f"import ast\nimport os\n\n{OLD}\n", f"import ast\n{NEW}\nimport os\n"),
    (f"import os\nimport ast\nfrom re import sub\n\n{OLD}\n", f"import os\nimport ast\n{NEW}\nfrom re import sub\n"),
    (f"import ast\nfrom enum import Enum\nimport os\n\n{OLD}\n", f"import ast\nfrom enum import Enum\n{NEW}\nimport os\n"),
    (f"from ast import parse\nfrom re import sub\n\n{OLD}\n", f"{NEW}\nfrom ast import parse\nfrom re import sub\n"),
    (f'"""A."""\n\n{OLD}\nimport yaml\n', f'"""A."""\n\n{NEW}\n\nimport yaml\n'),
    (f"import yaml\n{OLD}\n\nfrom . import a\n", f"{NEW}\n\nimport yaml\n\nfrom . import a\n"),
    (f"from __future__ import annotations\n\n{OLD}\n", f"from __future__ import annotations\n\n{NEW}\n"),
    (f"{OLD}\n\nimport os\n", f"{NEW}\nimport os\n"),
    (f"import sys\nimport yaml\nimport os\n{OLD}\n", f"import sys\nimport yaml\nimport os\n{NEW}\n"),
    (f"import os\n\n# of setuptools\n{OLD}\n", f"import os\n\n# of setuptools\n{NEW}\n"),
    (f"import os\n\nos.umask(0)\n{OLD}\n", f"import os\n\nos.umask(0)\n{NEW}\n"),
    (f"import os\n\n{OLD}\nfrom pkg_resources import Requirement\n\ny = Requirement\n",
     f"{NEW}\nimport os\n\nfrom pkg_resources import Requirement\n\ny = Requirement\n"),
    # What is there already is not imported twice.
    (f"{NEW}\nimport os\n\n{OLD}\n", f"{NEW}\nimport os\n"),
    (f"import os\n\n{OLD}\n\n\ndef f():\n    {OLD}\n    return {A_VERSION}",
     f"{NEW}\nimport os\n\n\ndef f():\n    return importlib.metadata.version('a')\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), ORDERED)
def test_the_new_import_goes_where_the_file_s_order_has_it(run, before, after):
    outcome = run("pkg-resources", f"{before}x = {A_VERSION}")
    assert outcome.after == f"{after}x = importlib.metadata.version('a')\n"


@pytest.mark.parametrize(
    ("there", "written"),
    [
        ("from importlib import metadata", "metadata.version('a')"),
        ("from importlib import metadata as md", "md.version('a')"),
        ("import importlib.metadata as md", "md.version('a')"),
        ("from importlib.metadata import version", "version('a')"),
        ("from importlib.metadata import version as v\nv = 1", "importlib.metadata.version('a')"),
        ("def f():\n    from importlib import metadata", "importlib.metadata.version('a')"),
    ],
)
def test_what_the_file_calls_importlib_is_used(run, there, written):
    after = run("pkg-resources", f"{there}\nimport pkg_resources\nx = {A_VERSION}").after
    assert f"\nx = {written}\n" in after
    assert ("import importlib.metadata\n" in after) is written.startswith("importlib.")


FALLBACKS = [
    "try:\n    from importlib.metadata import version\nexcept ImportError:\n    import pkg_resources\n    x = " + A_VERSION,
    "import sys\nif sys.version_info >= (3, 8):\n    from importlib.metadata import version\nelse:\n    import pkg_resources\n    x = " + A_VERSION,
    "try:\n    import importlib.metadata as m\nexcept ImportError:\n    m = None\n\ndef f():\n    import pkg_resources\n    return " + A_VERSION,
    "try:\n    from importlib import metadata\nexcept ImportError:\n    import importlib_metadata as metadata\nimport pkg_resources\nx = " + A_VERSION,
    "import importlib_metadata\nimport pkg_resources\nx = " + A_VERSION,
    "if six.PY2:\n    import pkg_resources\n    x = " + A_VERSION,
    "try:\n    import yaml\nexcept ImportError:\n    from pkg_resources import require\n    require('yaml')\n",
    "try:\n    __import__('pkg_resources').declare_namespace(__name__)\nexcept ImportError:\n    pass\n",
]  # fmt: skip


@pytest.mark.parametrize("code", FALLBACKS)
def test_what_is_asked_only_without_importlib_stays_without_a_word(run, code):
    outcome = run("pkg-resources", code)
    assert outcome.after == code
    assert not outcome.notes


def test_a_module_asks_for_files_of_its_package(run):
    code = "import pkg_resources\nx = pkg_resources.resource_filename(__name__, 'b')\n"
    files = {**NINE, "pkg/__init__.py": "", "pkg/sub/__init__.py": ""}
    after = run("pkg-resources", code, path="pkg/sub/m.py", files=files).after
    assert after.endswith("x = str(importlib.resources.files(\"pkg.sub\").joinpath('b'))\n")
    script = f"{code}if __name__ == '__main__':\n    print(x)\n"
    assert not run("pkg-resources", script, path="pkg/sub/m.py", files=files).changed
    assert not run("pkg-resources", code, path="nopkg/m.py", files=files).changed


def test_setuptools_may_use_its_own_module(run):
    code = f"import pkg_resources\nx = {A_VERSION}y = pkg_resources.working_set\n"
    outcome = run("pkg-resources", code, files={"pkg_resources/__init__.py": ""})
    assert not outcome.changed
    assert not outcome.notes


def test_names_that_are_not_needed_any_more_go(run):
    code = f"from pkg_resources import get_distribution, parse_version\nx = {A_VERSION.partition('.')[2]}y = parse_version('1')\n"
    after = run("pkg-resources", code).after
    assert after == (
        "import importlib.metadata\n\nfrom pkg_resources import parse_version\n"
        "x = importlib.metadata.version('a')\ny = parse_version('1')\n"
    )


def test_a_package_s_own_version_leaves_no_import_behind(run):
    code = "from pkg_resources import get_distribution\n\n__version__ = get_distribution(__name__).version\n"
    after = run("pkg-resources", code, path="chat/__init__.py").after
    assert (
        after == "import importlib.metadata\n\n__version__ = importlib.metadata.version(__name__)\n"
    )


def test_a_module_has_no_files_of_its_own(run):
    code = "import pkg_resources\nx = pkg_resources.resource_filename('chat.cli', 'a.txt')\n"
    files = {**NINE, "chat/__init__.py": "", "chat/cli.py": ""}
    outcome = run("pkg-resources", code, files=files)
    assert not outcome.changed
    assert "'chat.cli' is no package" in outcome.notes


def test_others_that_wait_for_the_old_error_keep_it(run):
    code = "import pkg_resources\nx = pkg_resources.get_distribution('a').version\n"
    files = {"other.py": "from pkg_resources import DistributionNotFound\n"}
    outcome = run("pkg-resources", code, files=files)
    assert not outcome.changed
    assert "other.py may wait for DistributionNotFound" in outcome.notes


# --- running-loop -----------------------------------------------------------------------------

LOOPS = [
    ("import asyncio as a\n\nasync def f():\n    return a.get_event_loop()\n", "a.get_running_loop()"),
    ("from asyncio import get_event_loop, sleep\n\nasync def f():\n    return get_event_loop()\n", "import get_running_loop, sleep"),
    ("import asyncio\n\nasync def f():\n    try:\n        return {}['x']\n    except KeyError:\n        return asyncio.get_event_loop()\n", "return asyncio.get_running_loop()"),
    ("from asyncio import get_event_loop\n\nasync def f():\n    return [get_event_loop() for _ in 'a'][0]\n", "[get_running_loop() for"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "part"), LOOPS)
def test_in_a_coroutine_both_give_the_same_loop(run, code, part):
    outcome = run("running-loop", code)
    assert part in outcome.after
    assert not run("running-loop", outcome.after).changed
    loops = []
    for text in (code, outcome.after):
        names: dict[str, object] = {}
        exec(text, names)

        async def both(f=names["f"]):
            return await f() is asyncio.get_running_loop()

        loops.append(asyncio.run(both()))
    assert loops == [True, True]


NO_LOOP = [
    "import asyncio\n\ndef f():\n    return asyncio.get_event_loop()\n",
    "import asyncio\n\nasync def f():\n    return lambda: asyncio.get_event_loop()\n",
    "import asyncio\n\nasync def f():\n    def g():\n        return asyncio.get_event_loop()\n",
    "import asyncio\n\nasync def f(loop=asyncio.get_event_loop()): ...\n",
    "import asyncio\n\nasync def f():\n    return (asyncio.get_event_loop() for _ in 'a')\n",
    # What also runs when the coroutine is thrown away, its loop being closed.
    "import asyncio\n\nasync def f():\n    try:\n        await g()\n    except:\n        asyncio.get_event_loop().is_closed()\n",
    "import asyncio\n\nasync def f():\n    try:\n        await g()\n    except (OSError, GeneratorExit):\n        asyncio.get_event_loop().is_closed()\n",
    "import asyncio\n\nasync def f():\n    try:\n        await g()\n    finally:\n        asyncio.get_event_loop().is_closed()\n",
]


@pytest.mark.parametrize("code", NO_LOOP)
def test_where_no_loop_may_run_the_call_stays(run, code):
    outcome = run("running-loop", code)
    assert outcome.after == code
    assert "no loop may run here" in outcome.notes


def test_a_loop_that_a_test_replaces_stays(run):
    code = "import asyncio\n\nasync def f():\n    return asyncio.get_event_loop()\n"
    files = {
        "test_f.py": "from unittest.mock import patch\n\nwith patch('asyncio.get_event_loop'):\n    pass\n"
    }
    outcome = run("running-loop", code, files=files)
    assert not outcome.changed and "test_f.py patches it" in outcome.notes
    old = "from asyncio import get_event_loop\n\nx = get_event_loop()\n\nasync def g():\n    return get_event_loop()\n"
    kept = run("running-loop", old, path="other.py")
    assert "patches it" in kept.notes


def test_the_old_name_stays_imported_where_it_is_used(run):
    code = "from asyncio import get_event_loop\n\nx = get_event_loop()\n\nasync def g():\n    return get_event_loop()\n"
    after = run("running-loop", code).after
    assert after.startswith(
        "from asyncio import get_event_loop, get_running_loop\n\nx = get_event_loop()\n"
    )
    assert "return get_running_loop()" in after


A_CALL = "import asyncio\n\nasync def f():\n    return asyncio.get_event_loop()\n"
BY_NAME = "from asyncio import get_event_loop\n\nasync def f():\n    return get_event_loop()\n"
IN_TWO = (
    "async def g():\n    from asyncio import get_event_loop\n    return get_event_loop()\n"
    "from asyncio import get_event_loop  # gardener: skip\nasync def f():\n    return get_event_loop()\n"
)
LOOPS_THAT_STAY = [
    ("patched over lines", A_CALL, {"t.py": "with patch(\n    'asyncio.get_event_loop',\n): ...\n"}, "t.py patches it"),
    ("patched, object above", A_CALL, {"t.py": "mocker.patch.object(\n    asyncio,\n    'get_event_loop',\n)\n"}, "t.py patches it"),
    ("assigned", A_CALL, {"t.py": "asyncio.get_event_loop = lambda: 1\n"}, "t.py patches it"),
    ("a function of the new name", f"{BY_NAME}\ndef get_running_loop(): ...\n", {}, "means something else"),
    ("a parameter of the new name", BY_NAME.replace("f()", "f(get_running_loop)"), {}, "means something else"),
    ("one of two imports is kept", IN_TWO, {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "code", "files", "note"), LOOPS_THAT_STAY, ids=[c[0] for c in LOOPS_THAT_STAY]
)
def test_a_loop_stays_where_the_new_name_is_not_the_same(run, title, code, files, note):
    outcome = run("running-loop", code, files=files)
    assert outcome.after == code
    assert note in outcome.notes


@pytest.mark.parametrize(
    "taker",
    [
        "from example import get_event_loop\n",
        "from . import a\nfrom .example import (  # (old)\n    b,\n    get_event_loop as c,\n)\n",
        "import pkg.example as e\n\nloop = e.get_event_loop()\n",
    ],
)
def test_the_old_name_stays_imported_where_another_file_takes_it(run, taker):
    after = run("running-loop", BY_NAME, files={"y.py": taker}).after
    assert after.startswith("from asyncio import get_event_loop, get_running_loop\n")
    assert "return get_running_loop()" in after


def test_the_new_name_under_another_one_and_comments_of_imports_are_minded(run):
    other = run("running-loop", BY_NAME.replace("loop\n", "loop, get_running_loop as r\n", 1))
    assert other.after.startswith("from asyncio import get_running_loop, get_running_loop as r\n")
    both = BY_NAME.replace("get_event_loop\n", "(\n    get_running_loop,  # e\n    get_event_loop,  # d\n)\n", 1)  # fmt: skip
    after = run("running-loop", both).after
    assert after.startswith("from asyncio import (\n    get_running_loop,  # e\n)\n")


# --- by-hand ----------------------------------------------------------------------------------

SILENT = [
    ("a module of the project", "from jose import jwt\n", {"jose.py": "jwt = 1\n"}),
    ("an older library", "from fastapi import FastAPI\napp = FastAPI()\napp.on_event('startup')\n", {"requirements.txt": "fastapi==0.88\n"}),
    ("a method of something else", "app.on_event('startup')\n", {"requirements.txt": "fastapi==0.115\n"}),
    ("kept", "from jose import jwt  # gardener: skip\n", {}),
    ("a function that is no fixture", "def event_loop(): ...\n", {"requirements.txt": "pytest-asyncio==0.24\n"}),
    ("a relative import", "from .jose import jwt\n", {}),
    ("a fallback", "try:\n    from setuptools import setup\nexcept ImportError:\n    from distutils.core import setup\n", {}),
    ("one with a fallback", "try:\n    from distutils.version import LooseVersion\nexcept ImportError:\n    from packaging.version import Version\n", {}),
    ("by version", "if sys.version_info >= (3, 12):\n    import sysconfig\nelse:\n    from distutils.core import setup\n", {}),
    ("by what is loaded", "def f():\n    if 'setuptools' in sys.modules:\n        from setuptools.command.sdist import sdist\n    else:\n        from distutils.command.sdist import sdist\n", {}),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code", "files"), SILENT, ids=[c[0] for c in SILENT])
def test_nothing_is_noted_of_other_things(run, title, code, files):
    outcome = run("by-hand", code, files=files)
    assert not outcome.changed
    assert not outcome.notes


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    from jose import jwt\nexcept ImportError:\n    jwt = None\n",
        "if x:\n    from distutils.core import setup\n",
        "try:\n    from distutils.core import setup\nfinally:\n    import sys\n",
    ],
)
def test_what_nothing_else_is_imported_for_is_noted(run, code):
    assert run("by-hand", code).notes


def test_every_row_has_a_link_and_says_what_takes_its_place():
    assert len({(row.name, row.library) for row in rows()}) == len(rows())
    for row in rows():
        assert row.link.startswith("https://")
        assert row.text.startswith(("is ", "replaces ", "("))
