"""Branch coverage of gardener's own code, with every process that the tests start.

    python bench/covered.py [--fail-under PERCENT] [--report-only] [PYTEST ARGS]

Runs the test suite and prints the coverage of `gardener/`, `hooks/`, `bot/` and `codemods/`,
the worst files first. A test that starts `gardener`, or pytest with gardener's plugin, counts:
coverage.py starts itself in every process of this environment. The plugin runs as copies of
its files (`gardener_plugin/recorder.py` is `hooks/plugin/recorder.py`): what was seen in a copy
is counted for the file that it was copied from. A file that nothing ran counts with nothing.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from coverage import Coverage, CoverageData
from coverage.exceptions import DataError

TOP = Path(__file__).parents[1]
DATA = TOP / ".cache" / "coverage"
PLUGIN = TOP / "hooks" / "plugin"
PACKAGE = "gardener_plugin"
CODE = ("gardener", "hooks", "bot", "codemods")


def original(path: str) -> str:
    """The file of the project that a file is, or is a copy of."""
    file = Path(path)
    name = file.name if file.parent.name == PACKAGE else ""
    return str(PLUGIN / name) if name and (PLUGIN / name).is_file() else path


def run_tests(arguments: list[str]) -> int:
    """Run the suite with coverage.py in all processes."""
    DATA.mkdir(parents=True, exist_ok=True)
    for old in DATA.iterdir():
        old.unlink()
    measured = ["gardener", PACKAGE]
    settings = DATA / "settings.toml"
    settings.write_text(
        "[tool.coverage.run]\n"
        "branch = true\n"
        "parallel = true\n"
        "sigterm = true\n"
        'patch = ["subprocess"]\n'
        f'data_file = "{DATA / "data"}"\n'
        f"source_pkgs = {measured}\n"
        'disable_warnings = ["module-not-imported", "no-data-collected", "module-not-measured"]\n'
    )
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest"]
    return subprocess.run(
        [*command, "-q", "-m", "not slow and not untraced", *arguments],
        cwd=TOP,
        env={**os.environ, "COVERAGE_RCFILE": str(settings)},
        check=False,
    ).returncode


def combined() -> Coverage:
    """All that was measured, copies of the plugin counted for its files."""
    total = CoverageData(str(DATA / "total"))
    for file in DATA.glob("data.*"):
        part = CoverageData(str(file))
        try:
            part.read()
            total.update(part, map_path=original)
        except DataError as error:  # of a process that a test killed while it wrote
            print(f"left out: {error}", file=sys.stderr)
    total.touch_files(str(path) for folder in CODE for path in (TOP / folder).rglob("*.py"))
    total.write()
    coverage = Coverage(data_file=str(DATA / "total"), config_file=str(TOP / "pyproject.toml"))
    coverage.load()
    return coverage


def main() -> int:
    """Run the tests, print the report; 1 where a test fails or the coverage is below the limit."""
    parser = argparse.ArgumentParser(description="Branch coverage of gardener's own code.")
    parser.add_argument("--fail-under", type=float, default=0.0, metavar="PERCENT")
    parser.add_argument("--report-only", action="store_true", help="of the last run")
    options, arguments = parser.parse_known_args()
    status = 0 if options.report_only else run_tests(arguments)
    percent = combined().report(sort="cover", show_missing=False, precision=1)
    print(f"branch coverage: {percent:.1f} %")
    return int(status != 0 or percent < options.fail_under)


if __name__ == "__main__":
    sys.exit(main())
