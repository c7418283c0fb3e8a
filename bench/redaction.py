"""What the redactor costs a line: on real output of pytest, tracebacks and source lines.

    python bench/redaction.py [PATH]...

Without a PATH it runs a generated suite that fails in many ways with `pytest -vv -l`, and
takes what it prints and the sources of the standard library. Files are measured as
lines, one call each, and whole, one call a file. Prints CPU microseconds a line (median of 5).
"""

import argparse
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from gardener.redaction import redact, use

SUITE = """
import json, pathlib, collections, pytest
@pytest.mark.parametrize("n", range(40))
def test_values(n):
    table = {f"key-{i}": {"id": i * n, "path": str(pathlib.Path("/srv/app") / str(i))} for i in range(30)}
    assert table == {**table, f"key-{n % 30}": {}, "more": list(range(n))}
@pytest.mark.parametrize("n", range(20))
def test_library(n):
    json.loads("{" * (n + 1))
@pytest.mark.parametrize("n", range(20))
def test_attribute(n):
    collections.OrderedDict(token=n, session_id=n).tokens
"""


def output_of_pytest() -> str:
    """What pytest prints of a suite that fails."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_suite.py").write_text(SUITE)
        command = [sys.executable, "-m", "pytest", "-vv", "-l", "-p", "no:cacheprovider", folder]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def texts(paths: list[Path]) -> dict[str, list[str]]:
    """What is measured, by name: texts of many lines."""
    if paths:
        return {str(path): [path.read_text(errors="replace")] for path in paths}
    library = Path(sysconfig.get_path("stdlib"))
    names = ("ast", "argparse", "http/client", "json/decoder", "tokenize", "unittest/mock", "ssl")
    sources = [(library / f"{name}.py").read_text() for name in names]
    return {"output of pytest": [output_of_pytest()], "source lines": sources}


def seconds(pieces: list[str]) -> float:
    """CPU seconds for all of them."""
    use()  # What an earlier measurement remembers is no help.
    start = time.process_time()
    for piece in pieces:
        redact(piece)
    return time.process_time() - start


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="CPU microseconds of the redactor for a line.")
    parser.add_argument("paths", nargs="*", type=Path)
    for name, whole in texts(parser.parse_args().paths).items():
        lines = [line for text in whole for line in text.splitlines()]
        changed = sum(redact(line) != line for line in lines)
        for way, pieces in (("line by line", lines), ("as a whole", whole)):
            median = statistics.median(seconds(pieces) for _ in range(5))
            print(f"{name:20} {way:12} {len(lines):7,} lines {median * 1e6 / len(lines):6.2f} µs")
        print(f"{name:20} {changed} lines changed")


if __name__ == "__main__":
    main()
