"""A machine that is full, closed, damaged or killed: one sentence, and the next run works."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recording_python import lent_environment

FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n.venv/\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "def one():\n    return 1\n\ndef two():\n    return 2\n",
    "test_app.py": "import app\n\ndef test_one(): assert app.one()\n\ndef test_two(): assert app.two()\n",
}
GARDENER = (sys.executable, "-m", "gardener")


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    lent_environment(root / ".venv")
    return root


def run(root, *words, **options):
    """A run of gardener to its end: exit code, and the lines of both outputs."""
    done = subprocess.run(
        [*GARDENER, *words], cwd=root, capture_output=True, text=True, timeout=120, **options
    )
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


WORDS = (["categories"], ["config"], ["impacted", "--format", "json"], ["plan", "--shards", "2"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [*WORDS, ["--help"]], ids=" ".join)
def test_what_cannot_be_written_is_never_success(project, words):
    for shell in (">/dev/full", ">&-"):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"$@" {shell}', "sh", *GARDENER, *words],
            cwd=project,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2, (shell, done.stderr)
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("gardener: ")
        assert "No space left on device" in done.stderr or "is closed" in done.stderr
        assert "bug" not in done.stderr


@pytest.mark.slow
def test_without_stderr_the_results_are_told(project):
    for shell in ("2>&-", "2>/dev/null"):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"$@" {shell}', "sh", *GARDENER, "run", "--all", "-q"],
            cwd=project,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, "2 passed.")


@pytest.mark.untraced  # coverage.py could not write what it measured either
def test_init_on_a_full_disk_leaves_no_half_of_a_file(project):
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n' + "# filler\n" * 50)
    before = (project / "pyproject.toml").read_bytes()

    def full():
        """No file may grow above 100 bytes."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    words = ("init", "--repo", "https://github.com/o/g", "--rev", "v1")
    # Python itself would leave halves of gardener's compiled modules.
    no_cache = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    code, out, err = run(project, *words, preexec_fn=full, env=no_cache)
    assert code == 2
    assert out == []
    assert err == ["gardener: pyproject.toml cannot be written: File too large."]
    assert (project / "pyproject.toml").read_bytes() == before
    assert sorted(path.name for path in project.iterdir() if "pyproject" in path.name) == [
        "pyproject.toml"
    ]
    assert run(project, *words)[0] == 0


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB, which only root can make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk):
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


@pytest.mark.slow
@pytest.mark.untraced
def test_a_repository_on_a_full_disk(project, small_disk, tmp_path, monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", str(project / ".venv"))
    (project / "app.py").write_text(
        f"import datetime\n{FILES['app.py']}\ndatetime.datetime.utcnow()\n"
    )
    git(project, "commit", "-qam", "old")
    root = small_disk / "clone"
    git(small_disk, "clone", "-q", "--no-hardlinks", str(project), str(root))
    fill(small_disk)
    files = {path: path.read_bytes() for path in root.glob("*.[pi]*")}
    # What a run needs finds room elsewhere; what was asked for and cannot be written is an error.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code, out, err = run(root, "run", "--all", "-q")
    assert (code, out[0]) == (0, "2 passed."), err
    report = tmp_path / "report.json"
    assert run(root, "run", "--all", "-q", "--report", str(report))[0] == 0
    for words in (
        ["run", "--all", "-q", "--report", "r.json"],
        ["report", str(report), "-o", "r.md"],
        ["merge", str(report), "-o", "m.json"],
        ["plan", "--shards", "2", "-o", "plan.json"],
        ["fix", "."],
    ):
        code, _, err = run(root, *words)
        assert (code, len(err)) == (2, 1), err
        assert "cannot be written: No space left on device" in err[0]
        assert {path: path.read_bytes() for path in root.glob("*.[pi]*")} == files
    # A suite that fills the disk takes pytest's own output away, which is said.
    (small_disk / "filler").unlink()
    filling = f"file = open({str(small_disk / 'filler')!r}, 'wb', buffering=0)\n"
    filling += "try:\n    while file.write(b'x' * 1000): pass\nexcept OSError: pass\n"
    (root / "conftest.py").write_text(filling)
    code, _, err = run(root, "run", "--all", "-q")
    assert code == 2
    logs = root / ".git" / "gardener" / "logs"
    assert err[-1] == f"gardener: pytest could not run: no space is left in {logs}."
    (root / "conftest.py").unlink()
    (small_disk / "filler").unlink()
    code, out, err = run(root, "run", "--all", "-q")
    assert (code, out[0], err) == (0, "2 passed.", [])


@pytest.mark.slow
def test_few_descriptors_are_one_sentence(project):
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))

    for words in (["impacted"], ["fix", "--check"], ["plan", "--shards", "2"], ["config"]):
        code, _, err = run(project, *words, preexec_fn=few)
        assert code in (0, 2), err
        assert not any("bug" in line for line in err)


@pytest.mark.slow
def test_devices_pipes_and_huge_files_are_passed_by(project):
    for name in ("zero", "zero.py", "conftest.ini"):
        (project / name).symlink_to("/dev/zero")
    os.mkfifo(project / "pipe.py")
    (project / "huge.bin").write_bytes(random.Random(1).randbytes(20_000_000))

    def bounded():
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    code, out, _ = run(project, "run", "--all", "-q", preexec_fn=bounded)
    assert (code, out[0]) == (0, "2 passed.")
    for words in (["impacted"], ["plan", "--shards", "2"], ["fix", "--check", "."]):
        code, _, err = run(project, *words, preexec_fn=bounded)
        assert code == 0, err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["record", "summaries", "shapes", "history"])
def test_a_damaged_page_is_mended_once_with_a_word(project, name):
    assert run(project, "run", "--all", "-q")[0] == 0
    (project / "app.py").write_text(FILES["app.py"].replace("return 2", "return 22"))
    assert run(project, "impacted")[1] == ["test_app.py::test_two"]
    path = project / ".git" / "gardener" / f"{name}.sqlite"
    path.write_bytes(
        path.read_bytes()[:100] + random.Random(1).randbytes(path.stat().st_size - 100)
    )
    said = []
    for words in (["impacted"], ["run", "--all"]):
        code, _, err = run(project, *words)
        assert code == 0, err
        said += [line for line in err if "damaged" in line]
    assert len(said) == 1, said
    assert "made anew" in said[0]
    for words in (["impacted"], ["run", "--worktree"]):
        code, _, err = run(project, *words)
        assert code == 0
        assert not [line for line in err if "damaged" in line or "not used" in line], err


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="no shell that watches")
def test_a_killed_gardener_leaves_no_process_and_no_file(project, tmp_path):
    (project / "test_app.py").write_text(
        "import os, pathlib, subprocess, sys, time\n\n"
        "def test_long():\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "    pathlib.Path('pids').write_text(f'{os.getpid()} {child.pid} ')\n"
        "    time.sleep(600)\n"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    gardener = subprocess.Popen(
        [*GARDENER, "run", "--all", "-q", "--budget", "500s"],
        cwd=project,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pids = project / "pids"
    assert wait_for(lambda: pids.exists() and pids.read_text().endswith(" "), 60)
    assert list(temporary.glob("gardener-*"))
    gardener.kill()
    gardener.wait()
    processes = [int(pid) for pid in pids.read_text().split()]
    assert wait_for(lambda: not any(map(alive, processes))), processes
    assert wait_for(lambda: not list(temporary.glob("gardener-*"))), list(temporary.iterdir())
    # And the next run works.
    shutil.copyfile(project / "app.py", project / "test_app.py")
    with (project / "test_app.py").open("a") as file:
        file.write("\ndef test_one(): assert one()\n")
    assert run(project, "run", "--all", "-q")[0] == 0
