"""Which version of a library a project has, from what its files and environment say."""

from pathlib import Path

import pytest

from gardener.codemod.evidence import Evidence, allowed, proven
from gardener.codemod.project import Project
from gardener.config import Config

LOCK = '[[package]]\nname = "{}"\nversion = "{}"\ndescription = "x"\n'


def project_with(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Project(Path(tmp_path), Config(Path(tmp_path)))


OLD, NEW, EITHER = (True, False), (False, True), (True, True)
SAID = [
    ("an upper bound within the new major", {"requirements.txt": "pydantic>=2.7,<2.10\n"}, NEW),
    ("<= within the new major", {"requirements.txt": "pydantic>=2,<=2.9.2\n"}, NEW),
    ("no lower bound: the newest is installed", {"requirements.txt": "pydantic<2.10\n"}, NEW),
    ("no new version at all", {"requirements.txt": "pydantic<2\n"}, OLD),
    ("both", {"requirements.txt": "pydantic>=1.8\n"}, EITHER),
    ("one is left out", {"requirements.txt": "pydantic>=1.8,!=1.9,<2\n"}, OLD),
    ("any version of a major", {"requirements.txt": "pydantic==1.*\n"}, OLD),
    ("with a marker", {"requirements.txt": "pydantic>=2 ; python_version > '3.8'\n"}, NEW),
    ("conda", {"environment.yml": "dependencies:\n  - pydantic=1.10\n"}, OLD),
    ("a caret", {"pyproject.toml": '[tool.poetry.dependencies]\npydantic = "^1.10"\n'}, OLD),
    ("a tilde", {"pyproject.toml": '[tool.poetry.dependencies]\npydantic = "~2.4"\n'}, NEW),
    ("a table of its own", {"pyproject.toml": '[tool.poetry.dependencies.pydantic]\nextras = ["a"]\nversion = "^1.10"\n'}, OLD),
    ("a list of tables", {"pyproject.toml": 'pydantic = [\n  {extras = ["a"], version = ">=1.5,<2"},\n]\n'}, OLD),
    ("tox", {"tox.ini": "[testenv]\ndeps =\n  pydantic==1.10.2\n"}, OLD),
    ("names of environments", {"tox.ini": "[testenv]\ndeps =\n  pydantic16: pydantic ~= 1.6.2\n  pydantic110: pydantic ~= 1.10.0\n"}, OLD),
    (
        "environments of tox that the project itself cannot be installed in",
        {"pyproject.toml": 'dependencies = ["pydantic >=2.5.2"]\n', "tox.ini": "deps =\n  pydantic19: pydantic ~= 1.9.0\n"},
        NEW,
    ),
    (
        "environments of tox where the project takes both",
        {"pyproject.toml": 'dependencies = ["pydantic>=1.8"]\n', "tox.ini": "deps =\n  pydantic~=1.9.0\n"},
        OLD,
    ),
    ("a wheel", {"app-1.dist-info/METADATA": "Name: app\nRequires-Dist: pydantic<2,>=1.9\n\npydantic>=2\n"}, OLD),
    ("a wheel with a marker", {"app-1.dist-info/METADATA": 'Requires-Dist: pydantic>=2; extra == "all"\n'}, NEW),
    ("a wheel that lies deeper", {"lib/x/app-1.dist-info/METADATA": "Requires-Dist: pydantic<2\n"}, None),
    ("a longer name", {"requirements.txt": "pydantic2==3\npydantic.x==3\n"}, None),
    ("an image", {"Dockerfile": 'RUN pip install "pydantic<2" fastapi\n'}, OLD),
    ("conda-lock", {"conda-lock.yml": "package:\n- name: pydantic\n  version: 1.10.7\n"}, OLD),
    ("a file of a folder of its own", {"requirements/base.txt": "pydantic==1.10.2\n"}, OLD),
    ("constraints", {"requirements.in": "pydantic\n", "constraints.txt": "pydantic<2\n"}, OLD),
    (
        "a lock file decides where bounds do not",
        {"pyproject.toml": 'dependencies = ["pydantic>=1.8"]\n', "uv.lock": LOCK.format("pydantic", "2.8.2")},
        NEW,
    ),
    ("Pipfile.lock", {"Pipfile.lock": '{"default": {"pydantic": {"hashes": [], "version": "==1.10.4"}}}'}, OLD),
    ("the nearest folder", {"tools.requirements.txt": "pydantic<2\n", "back/setup.cfg": "pydantic>=2.5\n"}, NEW),
    ("another folder, if none is nearer", {"front/requirements.txt": "pydantic==1.9\n"}, OLD),
    (
        "two that differ",
        {"a/requirements.txt": "pydantic==1.9\n", "b/requirements.txt": "pydantic==2.1\n"},
        EITHER,
    ),
    ("an installed one", {".venv/lib/python3.11/site-packages/pydantic-1.10.9.dist-info/METADATA": ""}, OLD),
    ("another distribution", {"requirements.txt": "pydantic-settings==1.0\npydantic\n"}, None),
    ("a comment", {"requirements.txt": "# pydantic<2\n"}, None),
    ("no version", {"pyproject.toml": '[tool.poetry.dependencies]\npydantic = "*"\n'}, None),
    ("requirements of the documentation", {"docs/requirements.txt": "pydantic<2\n"}, None),
    ("what is no version", {"requirements.txt": "pydantic==1.x.y.\n"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("title", "files", "sides"), SAID, ids=[c[0] for c in SAID])
def test_what_is_allowed(tmp_path, monkeypatch, title, files, sides):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    found = allowed(project_with(tmp_path, files), "pydantic", "2", "back/app/models.py")
    assert (found and (found.before, found.from_on)) == sides


def test_the_evidence_is_named(tmp_path):
    project = project_with(tmp_path, {"app/uv.lock": LOCK.format("httpx", "0.27.2")})
    found = allowed(project, "httpx", "0.28", "app/client.py")
    assert found is not None
    assert found.why == Evidence("app/uv.lock", "0.27.2", exact=True)


@pytest.mark.parametrize(
    ("bounds", "lowest", "is_proven"),
    [
        (">=1.4", "1.4", True),
        (">=1.4,<3", "1.4", True),
        ("==2.0.36", "1.4", True),
        (">=1.3", "1.4", False),
        ("<3", "1.4", True),
        ("", "1.4", False),
    ],
)
def test_what_is_proven(tmp_path, bounds, lowest, is_proven):
    project = project_with(tmp_path, {"requirements.txt": f"SQLAlchemy{bounds}\n"})
    assert proven(project, "sqlalchemy", lowest, "db.py") is is_proven


def test_of_two_that_differ_the_one_is_named_that_asks_for_the_older(tmp_path):
    files = {
        "pyproject.toml": 'dependencies = ["pydantic>=2"]\n',
        "requirements.txt": "pydantic<2\n",
    }
    found = allowed(project_with(tmp_path, files), "pydantic", "2", "a.py")
    assert found is not None
    assert (found.before, found.from_on, found.why.place) == (True, True, "requirements.txt")
