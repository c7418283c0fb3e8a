"""What a project runs on, and what its libraries are, decides what code may be written in it."""

import pytest

from gardener.codemod.oldest_python import oldest_python
from gardener.codemod.project import Project
from gardener.config import Config

LOOP = "import asyncio\n\n\nasync def f():\n    return asyncio.get_event_loop()\n"
VERSION = "import pkg_resources\n\npkg_resources.get_distribution('x').version\n"
MODEL = "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    class Config:\n        frozen = True\n"
SITE = ".venv/lib/python3.11/site-packages"

PYTHONS = [
    ("nothing", {"setup.py": "setup(name='x')\n"}, None),
    ("requires-python", {"pyproject.toml": '[project]\nrequires-python = ">=3.9,<4"\n'}, (3, 9)),
    ("poetry", {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.8"\n'}, (3, 8)),
    ("setup.cfg", {"setup.cfg": "[options]\npython_requires = >=3.6\n"}, (3, 6)),
    ("setup.py", {"setup.py": "setup(\n    python_requires='>= 3.5',\n)\n"}, (3, 5)),
    ("classifiers", {"setup.py": "'Programming Language :: Python :: 3.7',\n'Programming Language :: Python :: 3.10'\n"}, (3, 7)),
    ("Python 2", {"setup.py": "'Programming Language :: Python :: 2',\n'Programming Language :: Python :: 3.6'\n"}, (2, 7)),
    ("of two kinds", {"setup.py": "python_requires='>=3.6',\n'Programming Language :: Python :: 2',\n"}, (3, 6)),
    ("nearest", {"setup.py": "python_requires='>=3.6'\n", "app/pyproject.toml": 'requires-python = ">=3.11"\n'}, (3, 11)),
    ("a library that is called so", {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\nmkdocstrings-python = "^1.1.2"\nsome.python = "^1.0"\n'}, (3, 9)),
    ("only a library that is called so", {"pyproject.toml": '[tool.poetry.dependencies]\nmkdocstrings-python = "^1.1.2"\n'}, None),
    ("a tool's own", {"pyproject.toml": '[tool.mypy]\npython_version = "3.6"\n'}, None),
]  # fmt: skip


@pytest.mark.parametrize(("title", "files", "version"), PYTHONS, ids=[c[0] for c in PYTHONS])
def test_the_oldest_python(tmp_path, title, files, version):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert oldest_python(Project(tmp_path, Config(tmp_path)), "app/a.py") == version


CLOCK = "from datetime import datetime\n\nnow = datetime.utcnow()\n"
REGEX = "class T(TestCase):\n    def test(self):\n        self.assertRegexpMatches('a', 'a')\n"


@pytest.mark.parametrize(
    ("codemod", "text", "too_old"),
    [
        ("running-loop", LOOP, "3.6"),
        ("pkg-resources", VERSION, "3.7"),
        ("utcnow", CLOCK, "2.7"),
        ("utcnow", CLOCK.replace(" datetime\n", " datetime, timezone\n", 1), "2.7"),
        ("utcnow", "import datetime\n\nnow = datetime.datetime.utcnow()\n", "2.7"),
        ("renamed-methods", REGEX, "2.7"),
        ("renamed-methods", REGEX.replace("assert", "assertNot"), "3.4"),
    ],
)
def test_what_an_old_python_lacks_is_not_written(run, codemod, text, too_old):
    setup = "setup(python_requires='>={}')\n"
    assert run(codemod, text, files={"setup.py": setup.format("3.8")}).changed
    assert not run(codemod, text, files={"setup.py": setup.format(too_old)}).changed


@pytest.mark.parametrize("mark", ["__metaclass__ = type\n", "__metaclass__=type  # new style\n"])
def test_a_file_may_be_for_python_2_by_itself(run, mark):
    setup = {"setup.cfg": "[options]\npython_requires = >=3.9\n"}
    outcome = run("utcnow", CLOCK + mark, files=setup)
    assert not outcome.changed
    assert "not each Python of the project has datetime.timezone" in outcome.notes
    assert run("utcnow", CLOCK + f"# {mark}", files=setup).changed
    # What its other Pythons have is written.
    aware = "import pytz\n" + CLOCK.replace("utcnow()", "utcnow().replace(tzinfo=pytz.utc)") + mark
    assert "datetime.now(pytz.utc)" in run("utcnow", aware, files=setup).after


PYDANTICS = [
    ("a snippet", {}, True, ""),
    ("without bounds", {"requirements.txt": "pydantic\n"}, True, ""),
    ("with FastAPI, without bounds", {"requirements.txt": "fastapi\n"}, True, ""),
    ("a FastAPI for both", {"pyproject.toml": 'dependencies = [\n  "fastapi >=0.65.2",\n]\n'}, False, "takes Pydantic 1 as well (fastapi >=0.65.2)"),
    ("a new FastAPI", {"pyproject.toml": 'dependencies = ["fastapi >=0.110"]\n'}, True, ""),
    ("by something else", {"setup.cfg": "[options]\ninstall_requires =\n    flask\n"}, False, "setup.cfg does not say which Pydantic"),
    ("settings alone", {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}, True, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "files", "changed", "why"), PYDANTICS, ids=[c[0] for c in PYDANTICS]
)
def test_which_pydantic_a_project_has_is_known_before_a_config_changes(
    run, monkeypatch, title, files, changed, why
):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    outcome = run("pydantic-config", MODEL, files=files)
    assert outcome.changed is changed and why in outcome.notes, outcome.notes


BASES = [
    ("a model", "from pydantic import BaseModel\n\nclass Base(BaseModel):\n    x: int = 0\n", True),
    ("through a module", "from .inner import Base as Base\n", True),
    ("of a class of the file", "import pydantic\n\nclass A(pydantic.BaseModel): pass\n\nclass Base(A): pass\n", True),
    ("one of Pydantic 1", "from pydantic.v1 import BaseModel\n\nclass Base(BaseModel): pass\n", False),
    ("a metaclass", "from pydantic import BaseModel\n\nclass Base(BaseModel, metaclass=M): pass\n", False),
    ("a hook", "from pydantic import BaseModel\n\nclass Base(BaseModel):\n    def __init_subclass__(cls): cls.Config\n", False),
    ("a choice", "from pydantic import BaseModel\n\nif x:\n    class Base(BaseModel): pass\nelse:\n    Base = object\n", False),
    ("no model", "class Base: pass\n", False),
]  # fmt: skip


@pytest.mark.parametrize(("title", "library", "changed"), BASES, ids=[c[0] for c in BASES])
def test_models_of_installed_libraries(run, monkeypatch, title, library, changed):
    """The library's source is read: it is never imported."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    inner = "from pydantic import BaseModel\n\nclass Base(BaseModel): pass\n"
    files = {f"{SITE}/shoplib/__init__.py": library, f"{SITE}/shoplib/inner.py": inner}
    text = MODEL.replace("pydantic import BaseModel", "shoplib import Base").replace(
        "(BaseModel)", "(Base)"
    )
    outcome = run("pydantic-config", text, files={**files, "requirements.txt": "pydantic>=2\n"})
    assert outcome.changed is changed, outcome.notes
    assert outcome.changed or title == "no model" or "left alone" in outcome.notes


def test_a_class_of_which_nothing_is_left_goes(run):
    text = MODEL.replace("frozen = True", "smart_union = True").replace(
        "    class", "    a: int = 1\n\n    class"
    )
    assert run("pydantic-config", text).after.endswith("class A(BaseModel):\n    a: int = 1\n")
    alone = MODEL.replace("frozen = True", "smart_union = True")
    assert run("pydantic-config", alone).after.endswith("class A(BaseModel):\n    pass\n")


def test_extra_goes_where_another_file_imports_it_from_pydantic(run):
    """`from .base import X` in it does not take `Extra` from a module called base."""
    text = MODEL.replace("BaseModel\n", "BaseModel, Extra\n", 1).replace(
        "frozen = True", "extra = Extra.forbid"
    )
    other = "from app.base import A\nfrom pydantic import Extra\n"
    outcome = run("pydantic-config", text, path="app/base.py", files={"app/other.py": other})
    assert "Extra" not in outcome.after
    taken = {"app/other.py": "from .base import (\n    A,\n    Extra,\n)\n"}
    assert "Extra\n" in run("pydantic-config", text, path="app/base.py", files=taken).after


def test_notes_about_bases_fit_on_a_line(run):
    text = MODEL.replace("(BaseModel)", "(make(\n    'A',\n    BaseModel,\n))")
    assert "the base make(...) is not known" in run("pydantic-config", text).notes


ASKS = [
    'from importlib.metadata import version\n\nIS_2 = version("pydantic").startswith("2")\n',
    "from shop.compat import PYDANTIC_VER\n",
    "from shop.compat import IS_PYDANTIC2\n",
    "import pydantic\n\nif pydantic.__version__ > '2':\n    pass\n",
]


@pytest.mark.parametrize("text", ASKS)
def test_a_project_for_both_versions_is_left_alone(run, text):
    """Its models of Pydantic 2 beside the others do not say that it has no other."""
    files = {
        "pyproject.toml": '[project]\ndependencies = ["pydantic>=1.0,<3"]\n',
        "shop/compat.py": text + "\nimport pydantic\n",
        "shop/second.py": MODEL.replace("BaseModel\n", "BaseModel, ConfigDict\n", 1),
    }
    outcome = run("pydantic-config", MODEL, path="shop/first.py", files=files)
    assert not outcome.changed and "asks for the version of Pydantic" in outcome.notes


def test_what_a_type_checker_was_told_of_a_key_goes_with_it(run):
    text = MODEL.replace(
        "frozen = True\n", "frozen = True\n        json_loads = f  # type: ignore\n"
    )
    assert run("pydantic-config", text).after.endswith("model_config = ConfigDict(frozen=True)\n")
    kept = run("pydantic-config", text.replace("type: ignore", "quicker")).after
    assert "# quicker" in kept
