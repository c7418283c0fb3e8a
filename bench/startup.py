"""What `gardener --help` and a no-op `gardener fix FILE` cost beside `import click`.

    python bench/startup.py [RUNS]

Whole processes, interleaved: each round runs every command once; CPU is user plus system,
given are medians. `rest` is the same Python with nothing to do. The target is a ratio
below 1.6. Gardener is installed as a wheel in a virtual environment of its own, as the
hook managers do it: the import hook of an editable install costs every command 30 ms.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).parents[1]


def cpu(command: list[str], folder: Path) -> float:
    """Seconds of CPU of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
        python = str(place / "venv/bin/python")
        subprocess.run([python, "-m", "pip", "install", "-q", str(TOP)], check=True)
        repository = place / "repository"
        subprocess.run(["git", "init", "-q", str(repository)], check=True)
        (repository / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
        (repository / "module.py").write_bytes((TOP / "gardener/git.py").read_bytes())
        gardener = str(place / "venv/bin/gardener")
        commands = {
            "rest": [python, "-c", "pass"],
            "import click": [python, "-c", "import click"],
            "gardener --help": [gardener, "--help"],
            "gardener fix module.py": [gardener, "fix", "module.py"],
        }
        spent: dict[str, list[float]] = {label: [] for label in commands}
        for number in range(-1, rounds):  # round -1 writes the byte code
            for label, command in commands.items():
                seconds = cpu(command, repository)
                if number >= 0:
                    spent[label].append(seconds)
    base = statistics.median(spent["import click"])
    print(f"{rounds} rounds, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    for label, all_seconds in spent.items():
        median = statistics.median(all_seconds)
        print(f"{label:24} {median * 1000:6.1f} ms CPU   {median / base:.2f} x import click")


if __name__ == "__main__":
    main()
