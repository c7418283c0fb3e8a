"""The title of a deprecation is what the warning says: masks compare texts, and are not for reading."""

from pathlib import Path

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Report, WarningCount


def deprecations(*messages):
    warnings = tuple(
        WarningCount("DeprecationWarning", message, "a.py", line)
        for line, message in enumerate(messages, 1)
    )
    return diagnose(Report(created="", warnings=warnings), Config(Path())).deprecations


@pytest.mark.parametrize(
    "message",
    [
        "'old' is deprecated and slated for removal in Python 3.14",
        "old() is deprecated, see https://docs.example.org/en/latest/changes.html",
        "use /usr/share/new/path instead of the deprecated one",
        "deprecated since version 2.0.1 (released 2024-05-06 07:08)",
    ],
)
def test_a_title_is_as_the_warning_says_it(message):
    [finding] = deprecations(f"{message}\nsecond line")
    assert finding.title == message


def test_masks_still_join_what_differs_by_chance():
    first, second = "socket 0x7f3c is deprecated", "socket 0x7f40 is deprecated"
    [finding] = deprecations(first, second)
    assert finding.title == first
    assert len(finding.warnings) == 2


def test_a_warning_about_each_test_is_one_deprecation():
    def returning(name, where="pkg.test_a"):
        says = "It is deprecated to return a value that is not None from a test case"
        return f"{says} (<bound method TestA.{name} of <{where}.TestA testMethod={name}>>)"

    first, *others = returning("test_x"), returning("test_y"), returning("test_z", "t.<locals>")
    [finding] = deprecations(first, *others)
    assert finding.title == first and len(finding.warnings) == 3
    assert len(deprecations(first, "It is deprecated to return nothing")) == 2
