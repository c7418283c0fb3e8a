"""A name of the standard library or of another distribution is no like-named file of the project."""

import pytest

WIRE = "class HTTPStatus:\n    OK = 200\n"
OLD = (
    "import warnings\n\nfrom app.wire import HTTPStatus\n\nwarnings.warn(\n"
    "    \"app.http is deprecated. Use 'from app.wire import HTTPStatus' instead.\",\n"
    "    DeprecationWarning,\n    stacklevel=2,\n)\n"
)
FILES = {"app/__init__.py": "", "app/wire.py": WIRE, "app/http.py": OLD}
USE = "from http import HTTPStatus\n\nprint(HTTPStatus.OK)\n"
MOVED = USE.replace("http import", "app.wire import")


@pytest.mark.parametrize(
    ("path", "text", "after"),
    [
        ("app/client.py", USE, USE),
        ("client.py", USE, USE),
        ("tests/test_client.py", USE, USE),
        ("client.py", "import http\n\nhttp.HTTPStatus\n", "import http\n\nhttp.HTTPStatus\n"),
        # The project's own module by its full name, or relatively, is rewritten as ever.
        ("client.py", USE.replace("http import", "app.http import"), MOVED),
        ("app/client.py", USE.replace("http import", ".http import"), USE.replace("http import", ".wire import")),
    ],
)  # fmt: skip
def test_the_standard_library_is_left_alone(run, path, text, after):
    outcome = run("deprecated-import", text, path=path, files=FILES)
    assert (outcome.after, outcome.notes) == (after, "")


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("client.py", {"http.py": OLD}),  # python -m pytest puts the top before all others
        ("src/client.py", {"pytest.ini": "[pytest]\npythonpath = src\n", "src/http.py": OLD}),
        ("tests/test_client.py", {"tests/http.py": OLD}),  # pytest puts the tests' folder there
    ],
)
@pytest.mark.parametrize("text", [USE, "import http\n\nprint(http.HTTPStatus)\n"])
def test_what_may_be_either_is_left_alone_with_a_note(run, path, files, text):
    outcome = run("deprecated-import", text, path=path, files={**FILES, **files})
    assert not outcome.changed
    assert "left as it is: http may be" in outcome.notes
    assert "or an installed module" in outcome.notes


def test_a_name_that_two_packages_of_the_project_have(run):
    """Each means its own near itself; from a third place neither is meant."""
    files = {
        f"{folder}/app/{name}": text
        for folder in ("one", "two")
        for name, text in {"__init__.py": "", "wire.py": WIRE, "http.py": OLD}.items()
    }
    text = USE.replace("http import", "app.http import")
    assert run("deprecated-import", text, path="one/client.py", files=files).after == MOVED
    assert not run("deprecated-import", text, path="client.py", files=files).changed


def test_a_name_that_lies_at_the_top_and_in_src(run):
    files = {f"{top}{path}": text for top in ("", "src/") for path, text in FILES.items()}
    text = USE.replace("http import", "app.http import")
    outcome = run("deprecated-import", text, path="client.py", files=files)
    assert not outcome.changed
    assert "left as it is: app.http may be app/http.py or src/app/http.py" in outcome.notes


def test_another_distribution_in_the_environment_is_left_alone(run):
    text = USE.replace("http import", "wirelib import")
    files = {**FILES, "app/wirelib.py": OLD.replace("app.http", "app.wirelib")}
    assert run("deprecated-import", text, path="app/client.py", files=files).after == MOVED
    files[".venv/lib/python3.11/site-packages/wirelib.py"] = WIRE
    assert not run("deprecated-import", text, path="app/client.py", files=files).changed


def test_the_projects_own_distribution_is_its_sources(run):
    """What is installed of the project itself is a copy, or leads to its sources."""
    folder = ".venv/lib/python3.11/site-packages"
    files = {
        "pyproject.toml": '[project]\nname = "my-app"\n',
        **{f"src/{path}": text for path, text in FILES.items()},
        **{f"{folder}/{path}": "" for path in FILES},
        f"{folder}/my_app-1.0.dist-info/RECORD": "app/__init__.py,,\n",
    }
    text = USE.replace("http import", "app.http import")
    assert run("deprecated-import", text, path="tests/test_x.py", files=files).after == MOVED


def test_a_folder_inside_of_a_package_is_no_library(run):
    """`from pydantic import ...` never means `app/serial/pydantic`: no package is on `sys.path`."""
    text = "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    class Config:\n        frozen = True\n"
    inside = {f"app/serial/{name}__init__.py": "" for name in ("", "pydantic/")}
    outcome = run(
        "pydantic-config", text, path="app/model.py", files={"app/__init__.py": "", **inside}
    )
    assert "ConfigDict(frozen=True)" in outcome.after, outcome.notes


BESIDE = [
    ("utcnow", "from datetime import datetime\n\ndatetime.utcnow()\n", "datetime.py"),
    ("moved-names", "import threading\n\nthreading.currentThread()\n", "threading.py"),
    ("moved-names", "from collections import Mapping\n", "collections/__init__.py"),
    ("running-loop", "import asyncio\n\nasync def f():\n    asyncio.get_event_loop()\n", "asyncio.py"),
    ("renamed-methods", "import logging\n\nlog = logging.getLogger()\nlog.warn(1)\n", "logging.py"),
    ("renamed-arguments", "import httpx\n\nhttpx.Client(app=1)\n", "httpx.py"),
    ("pkg-resources", "import pkg_resources as p\n\np.get_distribution('x').version\n", "pkg_resources.py"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "own"), BESIDE, ids=[f"{c[0]}-{c[2]}" for c in BESIDE])
def test_a_script_gets_the_module_beside_it(run, name, text, own):
    """A script's folder goes before all others; that of a package does not."""
    assert not run(name, text, path="tools/run.py", files={f"tools/{own}": ""}).changed
    relative = f"from . import config\n{text}"
    assert run(name, relative, path="tools/run.py").changed  # a package without __init__.py
    assert run(name, text, path="tools/run.py", files={"tools/__init__.py": ""}).changed
