"""An import of the standard library, or of another distribution, reaches no like-named file."""

import pytest

FILES = {
    "app/__init__.py": "",
    "app/http.py": "def get():\n    return 1\n",
    "app/client.py": "from http import HTTPStatus\n\ndef ok():\n    return HTTPStatus.OK\n",
    "tests/test_client.py": "from app.client import ok\n\ndef test_ok():\n    assert ok()\n",
    "tests/test_http.py": "from app.http import get\n\ndef test_get():\n    assert get()\n",
}
CHANGED = "def get():\n    return 1\n\nprint('loud')\n"


@pytest.mark.parametrize(
    ("files", "path", "expected"),
    [
        ({}, "app/http.py", ["tests/test_http.py"]),
        # Where both are possible both are meant: the top, and a test's folder, are searched first.
        ({"http.py": FILES["app/http.py"]}, "http.py", ["tests/test_client.py"]),
        ({"tests/http.py": FILES["app/http.py"]}, "tests/http.py", ["tests/test_client.py"]),
        # Code of a conftest may put anything on sys.path.
        (
            {
                "conftest.py": "import sys\nsys.path.insert(0, 'code')\n",
                "code/http.py": FILES["app/http.py"],
            },
            "code/http.py",
            ["tests/test_client.py"],
        ),
        (
            {
                "pytest.ini": "[pytest]\npythonpath = code\n",
                "code/http.py": FILES["app/http.py"],
            },
            "code/http.py",
            ["tests/test_client.py"],
        ),
        ({"code/http.py": FILES["app/http.py"]}, "code/http.py", []),
    ],
    ids=["a package's", "the top's", "the tests'", "by code", "pythonpath", "elsewhere"],
)
def test_only_what_may_be_imported_is_reached(repository, files, path, expected):
    repository.commit({**FILES, **files})
    repository.stage({path: CHANGED})
    assert repository.tests() == expected


def test_a_new_test_that_lets_a_file_hide_the_standard_library(repository):
    """The kept graph is not used on where a new file puts a folder on sys.path."""
    extra = {"tools/http.py": FILES["app/http.py"], "tools/run.py": "X = 1\n"}
    repository.commit({**FILES, **extra})
    repository.stage({"tools/http.py": CHANGED})
    assert repository.tests() == []
    repository.git("reset", "-q", "--hard")
    repository.commit({"tools/test_run.py": "import run\n\ndef test_run():\n    assert run.X\n"})
    repository.stage({"tools/http.py": CHANGED})
    assert repository.tests() == ["tests/test_client.py"]


def test_a_package_in_a_folder_of_another_name(repository):
    """As `package_dir` maps them: what is installed of the project are its sources."""
    files = {
        "setup.py": "from setuptools import setup\nsetup(name='app', package_dir={'app': 'code/main'})\n",
        "code/main/__init__.py": "",
        "code/main/x.py": "def x():\n    return 1\n",
        "tests/test_x.py": "from app.x import x\n\ndef test_x():\n    assert x()\n\ndef test_y():\n    pass\n",
        "tests/test_no.py": "def test_no():\n    pass\n",
    }
    repository.commit(files)
    repository.stage({"code/main/x.py": "def x():\n    return 2\n"})
    assert repository.tests() == ["tests/test_x.py::test_x"]
