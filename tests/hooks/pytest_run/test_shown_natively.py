"""Failures of which pytest has only the text, as runners of other test cases hand them on."""

from pathlib import Path

import pytest
from gardener.hooks.pytest_run.shown_natively import read_from_text

from gardener.model import Failure, Phase

NATIVE = """NOTE: Incompatible Exception Representation, displaying natively:

runner.StringException: Traceback (most recent call last):
  File "/work/app/tests/test_it.py", line 7, in test_it
    self.check(1)
  File "/work/app/shop/cart.py", line 3, in check
    return self.gone
AttributeError: 'Cart' object has no attribute 'gone'

"""


def failure(message):
    return Failure(
        nodeid="tests/test_it.py::TestIt::test_it", phase=Phase.CALL, type="Failed", message=message
    )


def test_the_text_tells_the_error_and_its_place():
    found = read_from_text(failure(NATIVE))
    assert (found.type, found.message) == (
        "AttributeError", "'Cart' object has no attribute 'gone'",
    )  # fmt: skip
    assert [(f.file, f.line, f.origin) for f in found.frames] == [
        ("tests/test_it.py", 7, "test"), ("shop/cart.py", 3, "project"),
    ]  # fmt: skip
    assert found.causes == ()


@pytest.mark.parametrize(
    "message", ["Traceback (most recent call last):\nValueError: no", "no", ""]
)
def test_any_other_text_is_what_the_test_says(message):
    assert read_from_text(failure(message)) == failure(message)


RUNNER = """
import unittest

class StringError(Exception):
    pass

class TestIt(unittest.TestCase):
    def run(self, result=None):
        text = "Traceback (most recent call last):\\n  File {!r}, line 3, in test_it\\nKeyError: 'x'\\n"
        result.addError(self, (StringError, StringError(text.format(__file__)), None))

    def test_it(self): pass
"""


def test_a_runner_of_its_own(tmp_path: Path):
    import subprocess
    import sys

    from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

    from gardener.config import Config
    from gardener.model import Selection

    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "test_it.py").write_text(RUNNER)
    request = ExecutionRequest(
        tmp_path, sys.executable, Selection(everything=True), Config(tmp_path)
    )
    assert [(f.type, f.message) for f in execute(request).report.failures] == [("KeyError", "'x'")]
