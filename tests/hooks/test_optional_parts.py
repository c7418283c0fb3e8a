"""Causes that hide: an optional package that is not there, and fields that Pydantic 2 requires."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main

pytestmark = pytest.mark.slow

APP = {
    "app/__init__.py": """
try:
    from .cache import Cache
except ImportError:  # an extra
    pass
try:
    import app.plain as plain
except (ImportError, ValueError):
    plain = None
""",
    "app/cache.py": "from .store import Store\nclass Cache(Store): pass\n",
    "app/store.py": "import no_such_store_package\nclass Store: pass\n",
    "app/plain.py": "x = 1\n",
    "app/models.py": """
from typing import Dict, List, Optional
import pydantic

class Address(pydantic.BaseModel):
    city: Optional[str]

class User(pydantic.BaseModel):
    name: Optional[str]
    age: int = 0

class Team(pydantic.BaseModel):
    address: Address
    users: List[User] = []
    by_name: Dict[str, User] = {}

class Strict(pydantic.BaseModel):
    name: str
    nick: Optional[str]
""",
    "app/built/__init__.py": "from .core import run\n",
    "app/built/core.py": "from . import _version\ndef run(): return _version\n",
    "app/ring/__init__.py": "from .one import first\nlater = 1\n",
    "app/ring/one.py": "from . import later\ndef first(): return later\n",
    "app/wide/__init__.py": """
try:
    from .first import *
    from .second import *
except ImportError as error:
    print(error)
""",
    "app/wide/first.py": "from os import no_such_name_of_os\nFIRST = 1\n",
    "app/wide/second.py": "from .third import *\n",
    "app/wide/third.py": "SECOND = 2\n",
    "tests/test_wide.py": "from app.wide import SECOND\ndef test_wide(): pass\n",
    "tests/test_narrow.py": "from app.wide import THIRD\ndef test_narrow(): pass\n",
    "tests/test_built.py": "from app.built import run\ndef test_run(): run()\n",
    "tests/test_ring.py": "from app.ring import first\ndef test_first(): first()\n",
    "tests/test_cache.py": "from app import Cache\ndef test_cache(): Cache()\n",
    "tests/test_gone.py": "from app import Gone\ndef test_gone(): Gone()\n",
    "tests/test_models.py": """
from app.models import Address, Strict, Team, User
def test_user(): User(age=2)
def test_user_from_json(): User.model_validate({"age": 2})
def test_address(): Address()
def test_nested(): Team(address={})
def test_in_a_list(): Team(address={"city": "x"}, users=[{}])
def test_strict(): Strict()
def test_wrong_too(): User(age="x")
""",
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    top = tmp_path_factory.mktemp("parts")
    for path, text in APP.items():
        (top / path).parent.mkdir(exist_ok=True)
        (top / path).write_text(text)
    (top / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=top, check=True)
    report = top / "report.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        args = ["run", "--all", "--python", sys.executable, "--report", str(report), "--quiet"]
        assert main(args) == 1
        assert main(["report", str(report), "--format", "json", "-o", "found.json"]) == 0
    found = json.loads((top / "found.json").read_text())["findings"]
    return {test.rpartition("/")[2]: finding for finding in found for test in finding["tests"]}


def test_a_name_that_is_left_out_for_want_of_a_package_says_so(findings):
    finding = findings["test_cache.py"]
    assert finding["cause"].startswith(
        "`no_such_store_package` is not installed, so `app` leaves out"
    )
    assert finding["next_step"].startswith(
        "Install the package that brings `no_such_store_package`"
    )


def test_a_name_that_is_simply_not_there_does_not(findings):
    assert "installed" not in findings["test_gone.py"]["cause"]


def test_a_module_that_nobody_made_is_no_cycle_of_imports(findings):
    finding = findings["test_built.py"]
    assert finding["category"] == "import-name-missing"
    assert "_version" in finding["cause"]
    assert "cycle" not in finding["cause"] + finding["next_step"]
    assert findings["test_ring.py"]["category"] == "import-cycle"


def test_fields_that_may_be_none_and_have_no_default_are_one_cause(findings):
    names = ("user", "user_from_json", "address", "nested", "in_a_list")
    required = [findings[f"test_models.py::test_{name}"] for name in names]
    assert {finding["category"] for finding in required} == {"pydantic-required-field"}
    assert len({finding["fingerprint"] for finding in required}) == 1
    assert required[0]["cause"].startswith("`app.models.User.name` may be None")
    assert required[0]["next_step"].endswith("a default: `= None`.")


def test_input_that_is_wrong_in_another_way_is_told_as_that(findings):
    for name in ("strict", "wrong_too"):
        assert findings[f"test_models.py::test_{name}"]["category"] == "pydantic-validation"


def test_an_error_in_an_import_that_a_module_catches(findings):
    found = findings["test_wide.py"]
    assert "`os.no_such_name_of_os`" in found["cause"] and "app/wide/first.py" in found["cause"]


def test_a_name_that_no_caught_import_brings(findings):
    assert "THIRD" in findings["test_narrow.py"]["cause"]
