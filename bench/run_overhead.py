"""What `gardener run --staged` costs before pytest starts.

    python bench/run_overhead.py [FILES] [RUNS]

A repository of FILES modules and as many test files (default 500), one function of one
module staged. The project's Python is a script that notes the time and the CPU that its
parent has used so far (Linux: /proc), then becomes the real Python. Told are medians of
wall time and CPU from the start of gardener to the start of pytest: the first run, which
parses every file, and runs with a warm cache.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WITNESS = """#!/bin/sh
case "$*" in *"-m pytest"*)
  [ -e "$WITNESS" ] || { date +%s.%N; cat /proc/$PPID/stat; } > "$WITNESS" ;;
esac
exec "$PYTHON_OF_THE_PROJECT" "$@"
"""


def make_repository(root: Path, files: int) -> None:
    """Modules that each import the next two, and a test file for each."""
    for folder in ("app", "tests"):
        (root / folder).mkdir(parents=True)
    (root / "app/__init__.py").touch()
    for n in range(files):
        imports = "".join(
            f"from app.m{m} import f{m}\n"
            for m in (n + 1, n + 2)
            if m < files and m // 10 == n // 10
        )
        body = "".join(f"\n\ndef g{n}_{k}(x):\n    return x * {k}\n" for k in range(20))
        (root / f"app/m{n}.py").write_text(f"{imports}\n\ndef f{n}(x):\n    return x + {n}\n{body}")
        (root / f"tests/test_m{n}.py").write_text(
            f"from app.m{n} import f{n}\n\n\ndef test_f{n}():\n    assert f{n}(1) == {n + 1}\n"
        )
    # Without a record: with one, the second run has nothing left to run.
    settings = "[tool.pytest.ini_options]\npythonpath = ['.']\n[tool.gardener]\nrecord = false\n"
    (root / "pyproject.toml").write_text(settings)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        identity = ["-c", "user.name=B", "-c", "user.email=b@example.org"]
        subprocess.run(["git", *identity, *command], cwd=root, check=True)


def before_pytest(root: Path, witness: Path, python: Path) -> tuple[float, float]:
    """Wall seconds and CPU seconds until pytest starts."""
    witness.unlink(missing_ok=True)
    environment = os.environ | {
        "WITNESS": str(witness),
        "PYTHON_OF_THE_PROJECT": sys.executable,
    }
    start = time.time()
    subprocess.run(
        [sys.executable, "-m", "gardener", "run", "--staged", "-q", "--python", str(python)],
        cwd=root,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    at, stat = witness.read_text().splitlines()
    ticks = [int(field) for field in stat.rpartition(")")[2].split()[11:15]]
    return float(at) - start, sum(ticks) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    with tempfile.TemporaryDirectory() as name:
        root, witness, python = Path(name) / "r", Path(name) / "witness", Path(name) / "python"
        make_repository(root, files)
        python.write_text(WITNESS)
        python.chmod(0o755)
        target = root / f"app/m{files // 10 * 10 - 9}.py"
        target.write_text(target.read_text().replace("return x + ", "return 0 + x + "))
        subprocess.run(["git", "add", "-A"], cwd=root, check=True)
        first, *warm = [before_pytest(root, witness, python) for _ in range(runs + 1)]
    print(f"{2 * files} Python files, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(f"first run  {first[0]:.2f} s wall  {first[1]:.2f} s CPU")
    wall, cpu = (statistics.median(figures) for figures in zip(*warm, strict=True))
    print(f"warm       {wall:.2f} s wall  {cpu:.2f} s CPU   (median of {runs})")


if __name__ == "__main__":
    main()
