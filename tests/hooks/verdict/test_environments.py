"""A run and its base in other environments: two virtual environments with a small library in two versions."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gardener.diagnosis.environments import difference
from gardener.model import Environment
from gardener.reports.store import load

TEST = "import parcel\n\ndef test_sends():\n    assert parcel.send('x') == 'sent x'\n"
OWN = "from app import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
APP = "def total(values):\n    return sum(values)\n"
T_SENDS, T_TOTAL = "tests/test_parcel.py::test_sends", "tests/test_total.py::test_total"
FILES = {
    "app.py": APP,
    "README.md": "one\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "tests/test_parcel.py": TEST,
    "tests/test_total.py": OWN,
    ".gitignore": "__pycache__\n.pytest_cache\n",
}


def wheel(folder: Path, version: str, body: str) -> Path:
    """A wheel of the library `parcel-post`, made on the spot."""
    path = folder / f"parcel_post-{version}-py3-none-any.whl"
    info = f"parcel_post-{version}.dist-info"
    members = {
        "parcel.py": body,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: Parcel.Post\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in members) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**members, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def environment(folder: Path, library: Path) -> str:
    """A virtual environment with the library, which takes pytest from the one of these tests."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(library) as archive:
        archive.extractall(site)
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "ours.pth").write_text(ours + "\n")
    return str(folder / "bin/python")


@pytest.fixture(scope="module")
def pythons(tmp_path_factory):
    """The interpreters of both environments: with parcel-post 1.4.0, and with 2.0.0."""
    folder = tmp_path_factory.mktemp("environments")
    old = wheel(folder, "1.4.0", "def send(what):\n    return f'sent {what}'\n")
    new = wheel(folder, "2.0.0", "def post(what):\n    return f'posted {what}'\n")
    return environment(folder / "old", old), environment(folder / "new", new)


@pytest.fixture
def project(repository, pythons, tmp_path):
    """A repository whose base ran, green, with the old library; with the report of that run."""
    repository.commit(FILES)
    ran = repository.run("--all", python=pythons[0])
    assert ran.code == 0
    repository.base = tmp_path / "base.json"
    repository.base.write_bytes((repository.root.parent / "report.json").read_bytes())
    repository.git("switch", "-qc", "change")
    return repository


def compared(project, python, *args):
    base = str(project.base)
    return project.run("--all", "--base-report", base, *args, python=python, base=project.base)


def test_a_report_says_what_the_tests_ran_on(project, monkeypatch):
    ran_on = load(project.base).environment
    assert ran_on.distributions["parcel-post"] == "1.4.0"
    assert "pytest" in ran_on.distributions
    monkeypatch.setenv("ORDERS_DATABASE_URL", "postgresql://app:hunter2hunter2@db/x")
    project.run("--all")
    text = (project.root.parent / "report.json").read_text()
    assert "ORDERS_DATABASE_URL" in json.loads(text)["environment"]["variables"]
    assert "hunter2" not in text


@pytest.mark.slow
def test_what_a_library_broke_is_pre_existing_and_blocks_nothing(project, pythons):
    project.commit({"README.md": "two\n"})
    ran = compared(project, pythons[1])
    assert ran.status == {T_SENDS: "pre-existing"}
    assert ran.why[T_SENDS].startswith("parcel-post 1.4.0 -> 2.0.0 since the run of the base")
    assert ran.code == 0
    assert len(project.worktrees()) == 1


@pytest.mark.slow
def test_what_the_change_broke_is_a_regression_in_any_environment(project, pythons):
    project.commit({"app.py": APP.replace("sum(values)", "sum(values) + 1")})
    ran = compared(project, pythons[1])
    assert ran.status == {T_SENDS: "pre-existing", T_TOTAL: "regression"}
    assert ran.code == 1


@pytest.mark.slow
def test_where_the_base_cannot_be_run_the_environment_alone_blocks_nothing(project, pythons):
    project.commit({"app.py": APP.replace("sum(values)", "sum(values) + 1")})
    project.commit({"pyproject.toml": "[tool.gardener.hook]\nverify-seconds = 0\n"})
    ran = compared(project, pythons[1])
    assert ran.status == {T_SENDS: "unknown", T_TOTAL: "unknown"}
    assert ran.why[T_SENDS] == "parcel-post 1.4.0 -> 2.0.0 since the run of the base."
    assert ran.code == 0
    assert compared(project, pythons[0]).status == {T_TOTAL: "regression"}


@pytest.mark.slow
def test_the_first_commit_itself_is_the_base_that_its_report_tells(project, pythons):
    """Nothing changed but the environment, and git knows no commit before."""
    ran = compared(project, pythons[1])
    assert (ran.code, ran.status) == (0, {T_SENDS: "pre-existing"})
    assert ran.why[T_SENDS].startswith("parcel-post 1.4.0 -> 2.0.0 since the run of the base")


@pytest.mark.slow
def test_fresh_proof_outranks_an_older_report_of_the_base(project, pythons):
    """The report was made when the test still passed for a reason that no version tells."""
    document = json.loads(project.base.read_text())
    document["environment"] = {"python": "", "pytest": "", "platform": ""}
    project.base.write_text(json.dumps(document))
    project.commit({"README.md": "two\n"})
    ran = compared(project, pythons[1], "--verify-base")
    assert (ran.code, ran.status) == (0, {T_SENDS: "pre-existing"})
    assert compared(project, pythons[1]).status == {T_SENDS: "regression"}


THEN = Environment("3.12.1", "8.3.0", "linux", {"a-lib": "1", "pytest": "8.3.0", "gone": "2"})


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (THEN, ""),
        (Environment(), ""),
        (Environment("3.12.1", "8.3.0", "linux"), ""),
        (Environment("3.13.0", "8.4.0", "linux"), "Python 3.12.1 -> 3.13.0, pytest 8.3.0 -> 8.4.0"),
        (Environment("3.12.1", "", "win32"), "linux -> win32"),
        (
            Environment("", "", "", {"a-lib": "2", "pytest": "8.3.0", "new": "1"}),
            "a-lib 1 -> 2, gone 2 removed, new 1 installed",
        ),
        (Environment("", "", "", {"pytest": "8.3.0", "gone": "2", "a-lib": "7"}, ("a-lib",)), ""),
        (Environment("", "", "", THEN.distributions, (), ("DATABASE_URL",)), "DATABASE_URL set"),
        (
            Environment("", "", "", {f"lib{n}": "1" for n in range(5)}),
            "a-lib 1 removed, gone 2 removed, lib0 1 installed and 5 more",
        ),
    ],
)
def test_the_difference_is_told_in_a_few_words(now, told):
    assert difference(THEN, now) == told
