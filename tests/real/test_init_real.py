"""`gardener init` in real projects: the steps that it writes are executed, its hook judges commits."""

import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


class Layout(NamedTuple):
    """A source distribution, how its tests are installed, and a breakage to plant in it."""

    name: str
    version: str
    declares: str
    file: str
    before: str
    after: str


LAYOUTS = [
    Layout(
        "wsproto",
        "1.3.2",
        "the dependency group `testing` of pyproject.toml",
        "src/wsproto/utilities.py",
        'return [piece.decode("ascii").strip() for',
        'return [piece.decode("ascii") for',
    ),
    Layout(
        "cleo",
        "2.1.0",
        "[tool.poetry] and the Poetry group `dev` of pyproject.toml",
        "src/cleo/_utils.py",
        "return sorted(distance_by_name, key",
        "return sorted(distance_by_name, reverse=True, key",
    ),
    Layout(
        "unearth",
        "0.19.0",
        "[tool.pdm] and the PDM group `test` of pyproject.toml",
        "src/unearth/utils.py",
        "Couldn't parse netrc because of",
        "Cannot parse netrc because of",
    ),
    Layout(
        "svcs",
        "26.2.0",
        "uv.lock and the dependency group `tests` of pyproject.toml",
        "src/svcs/_core.py",
        "<svcs.Registry(num_services=",
        "<svcs.Registry(services=",
    ),
    Layout(
        "python-slugify",
        "9.2.0",
        "dev.requirements.txt",
        "slugify/slugify.py",
        "return chr(value)",
        "return chr(value + 1)",
    ),
    Layout(
        "cachetools",
        "6.2.4",
        "the tox environment `py` of tox.ini",
        "src/cachetools/keys.py",
        "return _HashedTuple(args)",
        "return _HashedTuple(args[:0])",
    ),
]


def must(*command: object, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def unpack(layout: Layout, place: Path) -> Path:
    source = [f"{layout.name}=={layout.version}", "--no-binary", layout.name]
    must(sys.executable, "-m", "pip", "download", "-q", "--no-deps", *source, cwd=place)
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        top = packed.getnames()[0].partition("/")[0]
        packed.extraction_filter = getattr(tarfile, "data_filter", None)  # from 3.11.4 on
        packed.extractall(place)
    return place / top


class Machine:
    """A machine of a CI service, or a developer's: Python, pipx and git, and nothing active."""

    def __init__(self, folder: Path, shared: Path) -> None:
        must(sys.executable, "-m", "venv", folder / "python", cwd=folder)
        away = ("PYTEST", "PYTHON", "COV", "GIT", "VIRTUAL_ENV", "CONDA", "PRE_COMMIT", "PREK")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(away)}
        path = [p for p in kept["PATH"].split(os.pathsep) if Path(p) != BIN]
        first = [str(folder / "python/bin"), str(shared / "bin"), str(shared / "home/.local/bin")]
        self.env = {
            **kept,
            "PATH": os.pathsep.join([*first, *path]),
            "HOME": str(shared / "home"),
            "PREK_HOME": str(shared / "prek"),
            "GIT_CONFIG_GLOBAL": str(shared / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "UV_SYSTEM_CERTS": "1",
            "PIP_CONSTRAINT": str(shared / "constraints.txt"),
            "POETRY_PYPI_MIRROR_URL": _index_of_pip(),
        }

    def run(self, script: str, root: Path, **extra: str) -> str:
        return must("bash", "-euc", script, cwd=root, env={**self.env, **extra})

    def commit(self, root: Path, message: str) -> subprocess.CompletedProcess[str]:
        must("git", "add", "-A", cwd=root, env=self.env)
        return subprocess.run(
            ["git", "commit", "-m", message],
            cwd=root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _index_of_pip() -> str:
    """The index that pip asks by itself: one address for all that Poetry wants to know."""
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return must(sys.executable, "-c", code, cwd=TOP).strip()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """What all machines have: pipx, and tools that are usable with the index of today."""
    folder = tmp_path_factory.mktemp("shared")
    for name in ("home", "bin"):
        (folder / name).mkdir()
    (folder / "gitconfig").write_text("[user]\nname = T\nemail = t@example.org\n")
    (folder / "constraints.txt").write_text("hishel<2\n")  # pdm 2.29 does not start with 2.0
    must(sys.executable, "-m", "venv", folder / "pipx", cwd=folder)
    must(folder / "pipx/bin/python", "-m", "pip", "install", "-q", "pipx", cwd=folder)
    (folder / "bin/pipx").symlink_to(folder / "pipx/bin/pipx")
    for program in ("gardener", "prek"):
        (folder / "bin" / program).symlink_to(BIN / program)
    return folder


@pytest.fixture(scope="module")
def gardener_repository(tmp_path_factory):
    """A clone of this repository as it stands, changes included."""
    clone = tmp_path_factory.mktemp("source") / "gardener"
    must("git", "clone", "-q", TOP, clone, cwd=TOP)
    listed = must("git", "ls-files", "-zco", "--exclude-standard", cwd=TOP)
    for name in filter(None, listed.split("\0")):
        if (TOP / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, clone / name)
    person = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    must("git", "add", "-A", cwd=clone)
    must("git", *person, "commit", "-q", "--allow-empty", "-m", "work tree", cwd=clone)
    return clone


@pytest.fixture(params=LAYOUTS, ids=lambda layout: layout.name)
def layout(request):
    return request.param


def test_a_real_project_ends_with_a_working_hook_and_workflow(
    layout, tmp_path, shared, gardener_repository
):
    machine = Machine(tmp_path, shared)
    root = unpack(layout, tmp_path)
    with (root / ".gitignore").open("a") as ignored:  # what a distribution leaves out
        ignored.write("\n.venv\n.tox/\n__pycache__/\n*.egg-info/\n.coverage*\n.hypothesis/\n")
    # Hooks of other repositories are not what is tried here.
    (root / ".pre-commit-config.yaml").unlink(missing_ok=True)
    for command in ("init -q -b main", "add -A", "commit -qm sdist"):
        must("git", *command.split(), cwd=root, env=machine.env)
    rev = must("git", "rev-parse", "HEAD", cwd=gardener_repository).strip()
    source = f"--repo {shlex.quote(str(gardener_repository))} --rev {rev}"
    said = machine.run(f"gardener init {source} --focus ''", root)
    assert layout.declares in said
    assert "Left to do:" in said

    workflow = yaml.safe_load((root / ".github/workflows/gardener-check.yml").read_text())
    steps = {step["name"]: step for step in workflow["jobs"]["test"]["steps"]}
    install = steps["Install the project and its tests"]
    if "pipx install poetry" in install["run"]:
        machine.run("pipx install poetry && pipx inject poetry poetry-plugin-pypi-mirror", root)
    machine.run(install["run"], root, **install.get("env", {}))
    for bundle in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # a test of unearth expects none
        machine.env.pop(bundle, None)
    report = machine.run(steps["Run the tests"]["run"], root, BASE="")
    assert " passed" in report, report
    assert (root / "gardener-report.json").is_file()
    (root / "gardener-report.json").unlink()

    if install["run"].startswith("python -m pip"):
        # What a machine of a CI service has for itself, a developer keeps beside the project.
        (root / ".venv").symlink_to(tmp_path / "python")
    machine.run("prek install -q", root)
    done = machine.commit(root, "Set gardener up")
    assert done.returncode == 0, done.stdout
    doctor = machine.run("gardener doctor || test $? = 1", root)
    for well in ("Python", "settings", "hooks", "git hooks", "workflow"):
        assert f"ok    {well} " in doctor, doctor
    must("git", "init", "-q", "--bare", "-b", "main", tmp_path / "remote.git", cwd=tmp_path)
    must("git", "remote", "add", "origin", tmp_path / "remote.git", cwd=root)
    assert "Passed" in must("git", "push", "origin", "main", cwd=root, env=machine.env)
    target = root / layout.file
    text = target.read_text()
    assert layout.before in text
    target.write_text(text.replace(layout.before, layout.after))
    done = machine.commit(root, "Break something")
    assert done.returncode == 1, done.stdout
    assert "failing-test-regression-" in done.stdout
    unchecked = must("git", "commit", "-qnm", "Break it all the same", cwd=root, env=machine.env)
    pushed = subprocess.run(
        ["git", "push", "origin", "main"],
        cwd=root,
        env=machine.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert pushed.returncode and "failing-test-regression-" in pushed.stdout, unchecked
    must("git", "reset", "-q", "--hard", "HEAD~1", cwd=root, env=machine.env)
    target.write_text(text + "\n# a remark\n")
    done = machine.commit(root, "Remark on something")
    assert done.returncode == 0, done.stdout


def test_the_three_lines_of_the_readme_work(tmp_path, shared, gardener_repository):
    text = (TOP / "README.md").read_text()
    block = text.split("## Install\n")[1].split("```sh\n")[1].split("```")[0]
    assert len(block.splitlines()) == 3
    machine = Machine(tmp_path, shared)
    home = tmp_path / "home"
    path = f"{home}/.local/bin{os.pathsep}{machine.env['PATH']}"
    machine.env.update(HOME=str(home), PATH=path)
    clone = tmp_path / "gardener"
    must("git", "clone", "-q", gardener_repository, clone, cwd=tmp_path)
    project = tmp_path / "your-project"
    (project / "tests").mkdir(parents=True)
    (project / "shop.py").write_text("def price(n):\n    return n * 2\n")
    (project / "tests/test_shop.py").write_text(
        "from shop import price\n\n\ndef test_price():\n    assert price(2) == 4\n"
    )
    (project / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (project / ".gitignore").write_text("__pycache__/\n.venv\n.pytest_cache/\n")
    for command in ("init -q -b main", "add -A", "commit -qm shop"):
        must("git", *command.split(), cwd=project, env=machine.env)
    must(tmp_path / "python/bin/python", "-m", "pip", "install", "-q", "pytest", cwd=tmp_path)
    (project / ".venv").symlink_to(tmp_path / "python")

    said = machine.run(block, clone)
    assert (home / ".local/bin/gardener").exists()
    assert "Left to do:" in said
    (project / "shop.py").write_text("def price(n):\n    return n * 3\n")
    done = machine.commit(project, "Raise prices")
    assert (done.returncode, "failing-test-regression-" in done.stdout) == (1, True), done.stdout
    (project / "shop.py").write_text("def price(n):\n    return n + n\n")
    done = machine.commit(project, "Add")
    assert done.returncode == 0, done.stdout
