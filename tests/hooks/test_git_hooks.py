"""The two hooks in a user's repository, installed and run by real pre-commit and real prek."""

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

TOP = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
BORROWED = f"import site; site.addsitedir({str(Path(pytest.__file__).parents[1])!r})\n"
"""A line of a `.pth` file: pytest is that of these tests, with the plugins installed beside it."""


class Done(NamedTuple):
    """How a process ended: its exit code and everything that it said."""

    code: int
    said: str


def clean_environment(**extra: str) -> dict[str, str]:
    """An environment without what the test runner, a virtualenv or an outer hook set."""
    away = (
        "PYTEST",
        "PYTHON",
        "COV",
        "GIT_",
        "VIRTUAL_ENV",
        "CONDA",
        "PRE_COMMIT",
        "PREK",
        "GITHUB",
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(away)}
    path = [p for p in kept["PATH"].split(os.pathsep) if Path(p) != BIN]
    return {
        **kept,
        "PATH": os.pathsep.join(path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "UV_SYSTEM_CERTS": "1",
        **extra,
    }


def run(*command: str, cwd: Path, env: dict[str, str]) -> Done:
    done = subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return Done(done.returncode, done.stdout)


def must(*command: str, cwd: Path, env: dict[str, str]) -> str:
    done = run(*command, cwd=cwd, env=env)
    assert done.code == 0, f"{command}\n{done.said}"
    return done.said


@contextmanager
def one_at_a_time(path: Path):
    """Hold a lock that all workers of pytest-xdist know."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "hooks-shared"
    folder.mkdir(exist_ok=True)
    (folder / "gitconfig").write_text(
        "[user]\nname = T\nemail = t@example.org\n[init]\ndefaultBranch = main\n"
    )
    return folder


@pytest.fixture(scope="session")
def gardener_repository(shared):
    """A clone of this repository that holds its work tree, changes included."""
    clone = shared / "gardener"
    env = clean_environment(GIT_CONFIG_GLOBAL=str(shared / "gitconfig"))
    with one_at_a_time(shared / "clone.lock"):
        if not clone.exists():
            must("git", "clone", "-q", str(TOP), str(clone), cwd=shared, env=env)
            listed = must("git", "ls-files", "-zco", "--exclude-standard", cwd=TOP, env=env)
            for name in filter(None, listed.split("\0")):
                if (TOP / name).is_file():
                    (clone / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(TOP / name, clone / name)
                else:
                    (clone / name).unlink(missing_ok=True)
            must("git", "add", "-A", cwd=clone, env=env)
            must("git", "commit", "-q", "--allow-empty", "-m", "work tree", cwd=clone, env=env)
    return clone


class Project:
    """A user's repository with one hook manager, and what its user does."""

    def __init__(self, root: Path, manager: tuple[str, ...], env: dict[str, str]) -> None:
        self.root = root
        self.manager = manager
        self.env = env

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / name.replace("__", "/").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def git(self, *args: str) -> str:
        return must("git", *args, cwd=self.root, env=self.env)

    def commit(self, *options: str) -> Done:
        self.git("add", "-A")
        return run("git", "commit", "-m", "change", *options, cwd=self.root, env=self.env)


@pytest.fixture(params=["pre-commit", "prek"])
def project(request, tmp_path, shared, gardener_repository):
    """A project with its own environment, a passing suite and both hooks installed."""
    env = clean_environment(
        GIT_CONFIG_GLOBAL=str(shared / "gitconfig"),
        PRE_COMMIT_HOME=str(shared / "pre-commit"),
        PREK_HOME=str(shared / "prek"),
        PREK_COLOR="never",
    )
    root = tmp_path / "project"
    must("git", "init", "-q", str(root), cwd=tmp_path, env=env)
    name = request.param
    manager = (sys.executable, "-m", "pre_commit") if name == "pre-commit" else (str(BIN / "prek"),)
    made = Project(root, manager, env)
    rev = must("git", "rev-parse", "HEAD", cwd=gardener_repository, env=env).strip()
    (root / ".pre-commit-config.yaml").write_text(
        "default_install_hook_types: [pre-commit, pre-push]\n"
        f"repos:\n- repo: {gardener_repository}\n  rev: {rev}\n"
        "  hooks:\n  - id: gardener-fix\n  - id: gardener-run\n"
    )
    (root / ".gitignore").write_text("/.venv/\n__pycache__/\n")
    (root / "pyproject.toml").write_text("[tool.gardener.hook]\nfocus = 'websocket'\n")
    made.write(
        app__rooms_py="def join(room, user):\n    return [*room, user]\n",
        app__prices_py="def total(items):\n    return sum(items)\n",
        tests__test_ws_rooms_py=(
            "from app.rooms import join\n\n\ndef test_join():\n    assert join([], 'ann') == ['ann']\n"
        ),
        tests__test_prices_py=(
            "from app.prices import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
        ),
        conftest_py="",
    )
    must(sys.executable, "-m", "venv", "--without-pip", str(root / ".venv"), cwd=root, env=env)
    (packages,) = (root / ".venv").glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(BORROWED)
    made.git("add", "-A")
    made.git("commit", "-qm", "first")
    with one_at_a_time(shared / f"{name}.lock"):
        must(*manager, "install", "--install-hooks", cwd=root, env=env)
    return made


def test_a_harmless_commit_passes(project):
    project.write(app__rooms_py="def join(room, user):\n    return [*room, str(user)]\n")
    done = project.commit()
    assert done.code == 0, done.said
    assert project.git("log", "-1", "--format=%s").strip() == "change"


def test_a_commit_that_breaks_a_test_is_blocked(project):
    project.write(app__rooms_py="def join(room, user):\n    return [user, 'echo', *room]\n")
    done = project.commit()
    assert done.code == 1, done.said
    assert "test_ws_rooms.py" in done.said
    assert "test_join" in done.said
    assert project.git("log", "-1", "--format=%s").strip() == "first"


def test_outside_the_focus_of_the_hook_nothing_runs(project):
    project.write(app__prices_py="def total(items):\n    return 0\n")
    done = project.commit()
    assert done.code == 0, done.said


def test_a_file_that_is_not_staged_counts_for_nothing(project):
    project.write(app__rooms_py="def join(room, user):\n    return None\n", note_txt="hello\n")
    project.git("add", "note_txt")
    done = run("git", "commit", "-m", "note", cwd=project.root, env=project.env)
    assert done.code == 0, done.said
    assert (project.root / "app/rooms.py").read_text().endswith("None\n")


def test_gardener_fix_mends_and_the_second_commit_passes(project):
    project.write(
        app__rooms_py=(
            "from datetime import datetime\n\n\n"
            "def join(room, user):\n    return [*room, user]\n\n\n"
            "def now():\n    return datetime.utcnow()\n"
        )
    )
    done = project.commit()
    assert done.code == 1, done.said
    assert "files were modified by this hook" in done.said
    mended = (project.root / "app/rooms.py").read_text()
    assert "utcnow" not in mended
    assert "now(" in mended
    done = project.commit()
    assert done.code == 0, done.said


STAGED = (
    "from datetime import datetime\n\n\ndef join(room, user):\n    return [*room, user]\n\n\n"
    "def now():\n    return datetime.utcnow()\n\n\ndef later(when):\n    return when\n"
)
MENDED = STAGED.replace("utcnow()", "now(timezone.utc).replace(tzinfo=None)").replace(
    "import datetime\n", "import datetime, timezone\n"
)
UNSTAGED = {
    "far from the fix": ("return when", "return when, datetime.utcnow()", MENDED),
    "in its line": ("utcnow()", "utcnow(), 1", STAGED),
    "beside it": ("def now():", "def now(x=1):", STAGED),
}


@pytest.mark.parametrize("title", UNSTAGED)
def test_of_a_file_that_is_staged_in_part_what_is_staged_is_mended_and_nothing_is_lost(
    project, title
):
    old, new, left = UNSTAGED[title]
    project.write(app__rooms_py=STAGED)
    project.git("add", "-A")
    project.write(app__rooms_py=STAGED.replace(old, new))
    done = run("git", "commit", "-m", "change", cwd=project.root, env=project.env)
    assert done.code == 1, done.said
    assert project.git("show", ":app/rooms.py") == STAGED
    assert (project.root / "app/rooms.py").read_text() == left.replace(old, new)
    project.write(app__rooms_py=MENDED)
    project.git("add", "-A")
    project.write(app__rooms_py=MENDED.replace("return when", "return when, 2"))
    done = run("git", "commit", "-m", "change", cwd=project.root, env=project.env)
    assert done.code == 0, done.said
    assert project.git("show", "HEAD:app/rooms.py") == MENDED
    assert (project.root / "app/rooms.py").read_text().endswith("return when, 2\n")


def test_a_push_of_a_broken_commit_is_blocked(project):
    remote = project.root.parent / "remote.git"
    project.git("init", "-q", "--bare", str(remote))
    project.git("remote", "add", "origin", str(remote))
    pushed = run("git", "push", "origin", "HEAD:main", cwd=project.root, env=project.env)
    assert pushed.code == 0, pushed.said
    project.write(app__rooms_py="def join(room, user):\n    return None\n")
    assert project.commit("--no-verify").code == 0
    blocked = run("git", "push", "origin", "HEAD:main", cwd=project.root, env=project.env)
    assert blocked.code != 0, blocked.said
    assert "test_join" in blocked.said
    project.write(app__rooms_py="def join(room, user):\n    return [*room, user]\n")
    assert project.commit("--no-verify").code == 0
    pushed = run("git", "push", "origin", "HEAD:main", cwd=project.root, env=project.env)
    assert pushed.code == 0, pushed.said


def test_an_activated_environment_outside_of_the_repository_is_the_tests_own(project):
    """It stands on PATH behind the hook's own, and what tests start is of it."""
    outside = project.root.parent / "outside"
    shutil.rmtree(project.root / ".venv")
    must(
        sys.executable,
        "-m",
        "venv",
        "--without-pip",
        str(outside),
        cwd=outside.parent,
        env=project.env,
    )
    (packages,) = outside.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(BORROWED)
    path = f"{outside / 'bin'}{os.pathsep}{project.env['PATH']}"
    project.env.update(PATH=path, VIRTUAL_ENV=str(outside))
    project.write(
        app__rooms_py="def join(room, user):\n    return [*room, str(user)]\n",
        tests__test_ws_rooms_py=(
            "import os\nimport subprocess\n\nfrom app.rooms import join\n\n\n"
            "def test_join():\n    assert join([], 'ann') == ['ann']\n\n\n"
            "def test_ws_environment():\n"
            "    code = 'import sys; print(sys.prefix)'\n"
            "    said = subprocess.check_output(['python', '-c', code], text=True)\n"
            f"    assert said.strip() == os.environ['VIRTUAL_ENV'] == {str(outside)!r}\n"
            "    assert not {'PRE_COMMIT', 'PREK_HOOK_STAGE', 'GIT_EXEC_PATH'} & os.environ.keys()\n"
        ),
    )
    done = project.commit()
    assert done.code == 0, done.said
    assert project.git("log", "-1", "--format=%s").strip() == "change"


def test_without_pytest_the_hook_fails_with_one_line(project):
    for borrowed in (project.root / ".venv").glob("lib/python*/site-packages/borrowed.pth"):
        borrowed.unlink()
    project.write(app__rooms_py="def join(room, user):\n    return [*room, str(user)]\n")
    done = project.commit()
    assert done.code != 0, done.said
    said = [line for line in done.said.splitlines() if "gardener: " in line]
    assert len(said) == 1, done.said
    assert "pytest" in said[0]
    assert "Traceback" not in done.said
    assert project.git("log", "-1", "--format=%s").strip() == "first"


def test_an_unknown_setting_fails_the_hook(project):
    (project.root / "pyproject.toml").write_text("[tool.gardener.hook]\nfocuss = 'websocket'\n")
    done = project.commit()
    assert done.code != 0, done.said
    assert "did you mean `focus`?" in done.said
