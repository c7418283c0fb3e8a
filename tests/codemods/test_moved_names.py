"""moved-names: rows of the table are true, and what a file uses of them changes as it should."""

import json
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest
from gardener.codemods._moved_table import mentioned, moved_names

from gardener.config import ImportRule

CHANGED = [
    ("as a module", "import threading as t\nt.activeCount()\n", "import threading as t\nt.active_count()\n"),
    (
        "through an import that is there",
        "import base64\nimport collections\nfrom collections import abc\n\nx = collections.Mapping\n",
        "import base64\nimport collections\nfrom collections import abc\n\nx = abc.Mapping\n",
    ),
    (
        "in a base class",
        "import collections\n\n\nclass A(collections.Mapping):\n    x = collections.deque()\n",
        "import collections\nimport collections.abc\n\n\n"
        "class A(collections.abc.Mapping):\n    x = collections.deque()\n",
    ),
    (
        "merged",
        "from collections import Mapping\nfrom collections.abc import Set\n",
        "from collections.abc import Mapping, Set\n",
    ),
    (
        "a comment stays",
        "from collections import Mapping  # why\nfrom collections.abc import Set\n",
        "from collections.abc import Mapping  # why\nfrom collections.abc import Set\n",
    ),
    (
        "on lines of their own",
        "from collections import (\n    Mapping,\n    OrderedDict,\n)\n",
        "from collections import (\n    OrderedDict,\n)\nfrom collections.abc import Mapping\n",
    ),
    (
        "under another name",
        "from collections import Mapping as M\n\nx: M\n",
        "from collections.abc import Mapping as M\n\nx: M\n",
    ),
    (
        "the old name is said elsewhere",
        "from threading import currentThread\n\n__all__ = ['currentThread']\n",
        "from threading import current_thread as currentThread\n\n__all__ = ['currentThread']\n",
    ),
    (
        "in a function",
        "def f():\n    from collections import Mapping\n    return Mapping\n",
        "def f():\n    from collections.abc import Mapping\n    return Mapping\n",
    ),
    ("a logger's module", "import logging\n\nlogging.warn('a %s', 1)\n", "import logging\n\nlogging.warning('a %s', 1)\n"),
    (
        "an optional import",
        "try:\n    from collections import Mapping\nexcept ImportError:\n    Mapping = None\n",
        "try:\n    from collections.abc import Mapping\nexcept ImportError:\n    Mapping = None\n",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("title", "before", "after"), CHANGED, ids=[c[0] for c in CHANGED])
def test_changed(run, title, before, after):
    outcome = run("moved-names", before)
    assert outcome.after == after, outcome.notes
    assert not run("moved-names", after).changed


LEFT = [
    ("a choice by version", "import sys, collections\nif sys.version_info < (3, 3):\n    M = collections.Mapping\nelse:\n    M = collections.abc.Mapping\n"),
    ("a choice by try", "import collections\ntry:\n    M = collections.abc.Mapping\nexcept AttributeError:\n    M = collections.Mapping\n"),
    ("asked for", "import collections\nif hasattr(collections, 'Mapping'):\n    M = collections.Mapping\n"),
    ("a local name", "def f(threading):\n    return threading.currentThread()\n"),
    ("another module", "from mine import threading\n\nthreading.currentThread()\n"),
    ("bound twice", "import threading\nthreading = fake()\nthreading.currentThread()\n"),
    ("a comment keeps it", "import threading\n\nthreading.currentThread()  # gardener: skip\n"),
    ("a lint code keeps it", "from collections import Mapping  # noqa: UP035\n"),
    ("a test of the warning", "import pytest, threading\n\n\ndef test():\n    with pytest.warns(DeprecationWarning):\n        threading.currentThread()\n"),
    ("a method of a logger", "import logging\n\nlogging.getLogger().warn('a')\n"),
    ("a relative import", "from .collections import Mapping\n"),
    ("an unknown version", "import websockets\n\ndef f(s: websockets.WebSocketServerProtocol): ...\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code"), LEFT, ids=[c[0] for c in LEFT])
def test_left_alone(run, title, code):
    outcome = run("moved-names", code)
    assert outcome.after == code
    assert not outcome.remarks


ELSEWHERE = [
    ("in a function", "def g():\n    import inspect\n    return inspect\n\n\n", ""),
    ("for type checkers", "if TYPE_CHECKING:\n    import inspect\n\n\n", ""),
    ("too late", "", "\n\nimport inspect\n"),
]


@pytest.mark.parametrize(("title", "above", "below"), ELSEWHERE, ids=[c[0] for c in ELSEWHERE])
def test_an_import_that_is_not_done_where_the_name_is_used_does_not_count(run, title, above, below):
    files = {"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'}
    code = f"TYPE_CHECKING = False\nimport asyncio\n\n\n{above}f = asyncio.iscoroutinefunction(print){below}"
    after = run("moved-names", code, files=files).after
    assert after.startswith("TYPE_CHECKING = False\nimport inspect\n")
    names: dict[str, object] = {}
    exec(after, names)
    assert names["f"] is False


NO_VALUE = [
    ("later in the function", "import asyncio\n\n\ndef f(g):\n    x = asyncio.iscoroutinefunction(g)\n    import inspect\n    return x, inspect\n"),
    ("later, and at the top", "import asyncio\nimport inspect\n\n\ndef f(g):\n    x = asyncio.iscoroutinefunction(g)\n    import inspect\n    return x\n"),
    ("in a branch", "import asyncio\n\n\ndef f(g):\n    if not g:\n        import inspect\n    return asyncio.iscoroutinefunction(g)\n"),
    ("later in the function around", "import asyncio\n\n\ndef f(g):\n    x = (lambda: asyncio.iscoroutinefunction(g))()\n    import inspect\n    return x\n"),
    ("later beside the old import", "import inspect\n\n\ndef f(g):\n    import asyncio\n    x = asyncio.iscoroutinefunction(g)\n    import inspect\n    return x\n"),
    ("used before", "if True:\n    import inspect\n\n\ndef f(g):\n    y = inspect.isclass(g)\n    import asyncio\n    return asyncio.iscoroutinefunction(g)\n"),
    ("imported by global", "def f():\n    global asyncio\n    import asyncio\n\n\ndef h(g):\n    f()\n    return asyncio.iscoroutinefunction(g)\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code"), NO_VALUE, ids=[c[0] for c in NO_VALUE])
def test_where_the_new_module_s_name_may_have_no_value_a_note_is_left(run, title, code):
    files = {"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'}
    outcome = run("moved-names", code, files=files)
    assert outcome.after == code
    assert "asyncio.iscoroutinefunction is now inspect.iscoroutinefunction" in outcome.notes


def test_another_function_that_imports_the_new_module_hides_nothing(run):
    files = {"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'}
    code = "import asyncio\n\n\ndef f(g):\n    return asyncio.iscoroutinefunction(g)\n\n\n"
    other = "def h():\n    import inspect\n    return inspect\n"
    after = run("moved-names", code + other, files=files).after
    assert after == "import inspect\n" + code[15:].replace("asyncio", "inspect") + other


PATCHED = [
    "threading.currentThread = fake\n",
    "threading.currentThread: object = fake\n",
    "x, [threading.currentThread, *y] = fake\n",
    "for threading.currentThread in fake:\n    pass\n",
    "with fake as threading.currentThread:\n    pass\n",
    "del threading.currentThread\n",
    "def patch():\n    del (threading.currentThread)\n",
]


@pytest.mark.parametrize("patch", PATCHED)
def test_a_name_that_is_patched_stays_with_a_note(run, patch):
    code = f"import threading\n\n{patch}\nx = threading.currentThread()\n"
    uses = code + "y = threading.activeCount()\n"
    outcome = run("moved-names", uses)
    assert outcome.after == code + "y = threading.active_count()\n"
    assert "threading.currentThread is now threading.current_thread: its uses stay" in outcome.notes


PATCHED_ELSEWHERE = [
    'mock.patch("threading.currentThread")',
    "mocker.patch(\n    'example.threading.currentThread', fake\n)",
    'mock.patch.object(threading, "currentThread", fake)',
    'monkeypatch.setattr(example.threading,\n    "currentThread", fake)',
    "threading.currentThread = fake",
]


@pytest.mark.parametrize("patch", PATCHED_ELSEWHERE)
def test_a_name_that_a_test_patches_stays_with_a_note(run, patch):
    code = "import threading\n\nx = threading.currentThread(), threading.activeCount()\n"
    outcome = run("moved-names", code, files={"tests/test_x.py": f"{patch}\n"})
    assert outcome.after == code.replace("activeCount", "active_count")
    assert "it stays, as tests/test_x.py patches it" in outcome.notes


@pytest.mark.parametrize(
    "text",
    ['getattr(threading, "currentThread")', 'mock.patch("other.currentThread")', "threading.currentThread == fake"],
)  # fmt: skip
def test_what_does_not_patch_a_name_keeps_nothing(run, text):
    code = "import threading\n\nx = threading.currentThread()\n"
    assert run("moved-names", code, files={"tests/test_x.py": f"{text}\n"}).changed


@pytest.mark.parametrize(
    "use", ["threading.currentThread().name = 1", "x[threading.currentThread()] = 1"]
)
def test_a_name_that_is_read_in_a_target_changes(run, use):
    after = run("moved-names", f"import threading\n\n{use}\n").after
    assert after == f"import threading\n\n{use.replace('currentThread', 'current_thread')}\n"


def test_a_module_of_the_project_is_not_the_library_s(run):
    code = "from multipart import parse_form\n"
    needs = {"requirements.txt": "python-multipart==0.0.20\n"}
    assert run("moved-names", code, files=needs).changed
    files = {**needs, "multipart/__init__.py": "def parse_form(): ...\n"}
    assert not run("moved-names", code, files=files).changed


def test_where_the_new_module_s_name_is_taken_a_note_is_left(run):
    code = "import cgi\n\nurllib = 1\nx = cgi.parse_qs('a')\n"
    outcome = run("moved-names", code)
    assert outcome.after == code
    assert "cgi.parse_qs is now urllib.parse.parse_qs" in outcome.notes


def test_rules_of_the_project_count_for_attributes(run):
    rules = (ImportRule("app.old:get", "app.new:fetch"),)
    before = "import app.old\n\nx = app.old.get(1), app.old.other\n"
    after = "import app.old\nimport app.new\n\nx = app.new.fetch(1), app.old.other\n"
    outcome = run("moved-names", before, deprecated_import=rules)
    assert outcome.after == after, outcome.notes


@pytest.mark.parametrize(
    ("code", "taker", "first"),
    [
        ("from threading import currentThread\n\ncurrentThread()\n", "from example import currentThread\n", "from threading import current_thread as currentThread\n"),
        ("from threading import currentThread\n\ncurrentThread()\n", "import example as e\ne.currentThread()\n", "from threading import current_thread as currentThread\n"),
        ("import asyncio\n\nx = asyncio.iscoroutinefunction\n", "from example import asyncio\n", "import asyncio\nimport inspect\n"),
    ],
)  # fmt: skip
def test_what_another_file_takes_from_this_one_stays_in_it(run, code, taker, first):
    python = {"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'}
    assert run("moved-names", code, files={"y.py": taker, **python}).after.startswith(first)


def test_comments_stay_with_the_names_that_stay(run):
    code = "from collections import (\n    OrderedDict,  # o\n    # m\n    Mapping,  # n\n)\n"
    after = run("moved-names", code).after
    assert after == (
        "from collections import (\n    OrderedDict,  # o\n)\n"
        "# m\nfrom collections.abc import Mapping  # n\n"
    )


def test_a_comment_above_names_of_which_one_stays_stays(run):
    code = "from collections import (\n    # all\n    Mapping,\n    OrderedDict,\n    # two\n    Set,\n    Sequence,\n)\n"
    assert run("moved-names", code).after == (
        "from collections import (\n    # all\n    OrderedDict,\n)\n"
        "# two\nfrom collections.abc import Mapping, Set, Sequence\n"
    )


def test_an_old_library_keeps_its_names(run):
    code = "from sqlalchemy.ext.declarative import declarative_base\n"
    for version, changed in (("1.3.24", False), ("1.4.0", True)):
        files = {"requirements.txt": f"SQLAlchemy=={version}\n"}
        assert run("moved-names", code, files=files).changed is changed


# --- the table --------------------------------------------------------------------------------


STANDARD = [row for row in moved_names() if row.needs and row.needs[0][0] == "python"]


def test_every_row_has_a_source_and_says_what_it_needs():
    assert len({row.old for row in moved_names()}) == len(moved_names())
    for row in moved_names():
        assert row.link.startswith("https://"), row
        assert row.needs, row
        assert row.old != row.new


def test_a_file_that_uses_a_row_is_looked_at():
    for row in moved_names():
        last = row.module.rpartition(".")[2]
        assert mentioned(f"from {row.module} import {row.name}\n".encode()), row
        assert mentioned(f"import {row.module} as {last}\n{last}.{row.name}\n".encode()), row
    assert not mentioned(b"import collections\nfrom typing import Mapping\nx: Mapping\n")


@pytest.mark.parametrize("row", STANDARD, ids=[row.old for row in STANDARD])
def test_a_row_of_the_standard_library_is_true_here(row):
    """The new name is there; where the old one still is, it is the same, or calls the new one."""
    if sys.version_info < tuple(int(part) for part in row.needs[0][1].split(".")):
        pytest.skip("another Python")
    new = getattr(import_module(row.new_module), row.new_name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            old = getattr(import_module(row.module), row.name)
        except (ImportError, AttributeError):
            return  # gone: nothing that worked can change
    called = getattr(getattr(old, "__code__", None), "co_names", ())
    inherits = isinstance(old, type) and new in old.__mro__
    assert old is new or row.new_name in called or inherits or row.name == "iscoroutinefunction"


LIBRARIES = {
    "websockets": "15.0.1", "starlette": "0.48.0", "sqlalchemy": "2.0.36", "pydantic": "2.9.2",
    "pydantic-settings": "2.6.1", "python-multipart": "0.0.20", "redis": "5.2.1", "flask": "2.2.5",
    "fastapi": "0.120.0", "jinja2": "3.0.3", "django": "3.2.25", "pytest": "8.3.5",
}  # fmt: skip
PROOF = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:  # `from fastapi import status`: a module of another package
        above, _, last = name.rpartition(".")
        return getattr(importlib.import_module(above), last) if above else 0
for row in json.load(sys.stdin):
    try:
        new = getattr(module(row["new_module"]), row["new_name"])
    except (ImportError, AttributeError) as wrong:
        print("missing", row["new_module"], row["new_name"], wrong)
        continue
    try:
        old = getattr(module(row["module"]), row["name"])
    except Exception:
        continue
    def calls(f):
        f = getattr(f, "__wrapped__", f)
        return getattr(getattr(f, "__code__", None), "co_names", ())
    same = old is new or old == new or new in getattr(old, "__mro__", ()) or any(row["new_name"] in n for n in calls(old))
    if not same and not row["in_annotations"]:
        print("differs", row["module"], row["name"])
"""


@pytest.mark.slow
def test_rows_of_libraries_are_true(tmp_path):
    """In an environment with these libraries: the new name is there, the old one is it, or calls it."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    wanted = [f"{name}=={version}" for name, version in LIBRARIES.items()]
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *wanted], check=True)
    helping = ["markupsafe<2.1", "werkzeug<3", "itsdangerous", "click", "anyio", "idna", "sniffio", "asgiref",
               "sqlparse", "pytz", "pydantic-core==2.23.4", "annotated-types", "typing-extensions", "greenlet",
               "python-dotenv", "iniconfig", "pluggy", "packaging", "pygments", "annotated-doc", "typing-inspection"]  # fmt: skip
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *helping], check=True)
    rows = [
        r._asdict() for r in moved_names() if r.needs[0][0] != "python" and r.module != "aioredis"
    ]
    rows = [row for row in rows if not row["module"].startswith("aioredis")]
    done = subprocess.run(
        [python, "-c", PROOF], input=json.dumps(rows), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_the_table_lies_beside_the_codemod():
    import gardener.codemods

    assert (Path(gardener.codemods.__path__[0]) / "moved_names.txt").is_file()


def test_among_many_files_the_ones_with_old_names_are_found(tmp_path):
    """Git searches for all rows at once; the answer is that of one file alone."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for number in range(70):
        (tmp_path / f"plain{number}.py").write_text("import os\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("import threading as t\n\nt.currentThread()\n")
    (tmp_path / "b.py").write_text("from collections import Mapping\n")
    (tmp_path / "c.py").write_text("from collections import (\n    Mapping,\n    deque,\n)\n")
    (tmp_path / "d.py").write_text("from collections import deque\n")
    (tmp_path / "stub.pyi").write_text("from collections import Mapping\n")
    cell = {"cell_type": "code", "source": "from collections import Mapping"}
    (tmp_path / "book.ipynb").write_text(json.dumps({"cells": [cell]}))
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    command = [sys.executable, "-m", "gardener", "fix", "--only", "moved-names"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert sorted(done.stdout.split()) == ["b.py", "book.ipynb", "c.py", "src/a.py", "stub.pyi"]


@pytest.mark.parametrize(
    "code",
    [
        "from collections import deque\nfrom .collections import Mapping\n",
        "from collections import deque\nfrom shop.types.collections import Mapping\n",
        "import collections\n\nname = 'shop.types.collections.Mapping'\n",
        "from shop import threading\n\nthreading.types.logging.warn()\n",
    ],
)
def test_modules_of_that_name_in_a_package_are_not_mentioned(code):
    assert mentioned(code.encode()) == []


def test_what_the_project_lacks_is_known_before_a_file_is_parsed(tmp_path):
    """Of a file that this Python cannot read nothing is said, unless a row holds for it."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "a.py").write_text("import asyncio\n\nasyncio.iscoroutinefunction(f\n")
    subprocess.run(["git", "add", "a.py"], cwd=tmp_path, check=True)
    settings = tmp_path / "pyproject.toml"
    command = [sys.executable, "-m", "gardener", "fix", "--only", "moved-names"]
    for lowest, told in (("3.9", False), ("3.12", True)):
        settings.write_text(f'[project]\nrequires-python = ">={lowest}"\n')
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert ("does not parse" in done.stderr) is told, done.stderr


def test_a_file_that_is_no_program_is_named(tmp_path):
    """`ast` and libcst read it, but nobody can tell its scopes."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    code = "import collections\nnonlocal x\nclass A:\n    collections = 1\n    y = collections.Mapping\n"
    (tmp_path / "a.py").write_text(code)
    command = [sys.executable, "-m", "gardener", "fix", "a.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("a.py: does not parse: nonlocal"), done


def test_functions_that_matter_not_are_left_out_and_others_count(run):
    """A function that binds the new module's name keeps the change away, wherever it lies."""
    head = "import asyncio\n\n\ndef other(x):\n    y = x\n    return y\n\n\n"
    uses = "def f(g):\n    return asyncio.iscoroutinefunction(g)\n"
    files = {"pyproject.toml": '[project]\nrequires-python = ">=3.12"\n'}
    assert "inspect.iscoroutinefunction" in run("moved-names", head + uses, files=files).after
    shadow = "\n\ndef h(inspect):\n    return inspect\n"
    assert not run("moved-names", head + uses + shadow, files=files).changed
