"""What a commit costs where 500 failures were there before: proving it once, then remembered.

    python bench/status.py [FAILURES] [RUNS]

A repository of 50 modules; of each test file's 20 tests half fail, for 31 causes
altogether. A commit changes one function that every test reaches, harmlessly. Told are
medians of wall time and CPU (gardener and its children): pytest alone; `gardener run
--hook` for the first such commit, which proves on the base what was red before; for the
next ones, for which that is remembered; and `gardener run --since HEAD^ --verify-base`.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYPROJECT = """[tool.pytest.ini_options]
pythonpath = ["."]
[tool.gardener.hook]
focus = ""
level = "any"
"""


def make_repository(root: Path, failures: int) -> None:
    """Modules that all use one function; half of the tests of each are red."""
    files = max(1, failures // 10)
    (root / "app").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "app/core.py").write_text("def twice(x):\n    return x + x\n")
    for cause in range(31):
        (root / f"app/cause{cause}.py").write_text(
            f"def broken{cause}(x):\n    raise RuntimeError('cause {cause}')\n"
        )
    for n in range(files):
        lines = ["from app.core import twice", f"from app.cause{n % 31} import broken{n % 31}"]
        for k in range(10):
            lines += ["", "", f"def test_good_{k}():", f"    assert twice({k}) == {2 * k}"]
            lines += ["", "", f"def test_bad_{k}():", f"    assert broken{n % 31}(twice({k}))"]
        (root / f"tests/test_m{n}.py").write_text("\n".join(lines) + "\n")
    git(root, "init", "-q", "-b", "main")
    commit(root, "first")


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=B", "-c", "user.email=b@example.org"]
    subprocess.run(["git", *identity, *words], cwd=root, check=True)


def commit(root: Path, message: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


def cost(root: Path, *words: str) -> tuple[float, float, int, str]:
    """Wall seconds, CPU seconds of the command and its children, exit code, output."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=root, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.time() - start, cpu, done.returncode, done.stdout + done.stderr


def one(failures: int) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        make_repository(root, failures)
        told = {}

        def stage(text: str) -> None:
            (root / "app/core.py").write_text(f"def twice(x):\n    return {text}\n")
            git(root, "add", "-A")

        hook = ("gardener", "run", "--hook", "--python", sys.executable)
        told["pytest alone"] = cost(root, "pytest", "-q", "-p", "no:cacheprovider")
        for name, text in (
            ("first commit", "2 * x"),
            ("the next", "x * 2"),
            ("the one after", "x + 1 * x"),
        ):
            stage(text)
            told[name] = cost(root, *hook)
            assert told[name][2] == 0, told[name][3][-2000:]
            git(root, "commit", "-qm", name)
        since = ("gardener", "run", "--since", "HEAD^", "--verify-base")
        told["--verify-base, remembered"] = cost(root, *since, "--python", sys.executable)
        for store in (root / ".git").glob("gardener"):
            store.rename(root / ".git" / "gardener-forgotten")
        told["--verify-base, new"] = cost(root, *since, "--python", sys.executable)
        print(told["the next"][3][-400:], file=sys.stderr)
        return {name: (wall, cpu) for name, (wall, cpu, _, _) in told.items()}


def main() -> None:
    failures, runs = (int(word) for word in [*sys.argv[1:], "500", "3"][:2])
    done = [one(failures) for _ in range(runs)]
    print(f"{failures} old failures, median of {runs}")
    print(f"{'':28}{'wall s':>8}{'CPU s':>8}{'x pytest':>10}")
    plain = statistics.median(run["pytest alone"][1] for run in done)
    for name in done[0]:
        wall, cpu = (statistics.median(run[name][n] for run in done) for n in (0, 1))
        print(f"{name:28}{wall:>8.1f}{cpu:>8.1f}{cpu / plain:>10.2f}")


if __name__ == "__main__":
    main()
