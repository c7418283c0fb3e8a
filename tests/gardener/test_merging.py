"""What a merged report keeps of its shards and attempts."""

import pytest
from msgspec.structs import replace

from gardener.model import (
    Audited,
    Failure,
    Phase,
    PriorResult,
    Report,
    Result,
    Shadow,
    WarningCount,
)
from gardener.reports.merging import merge

ONE = Report(
    created="2026-01-01", shard="1", commit="c" * 40, results=(Result("t.py::a", "passed"),)
)
TWO = Report(created="2026-01-02", shard="2", results=(Result("t.py::b", "failed"),), exit_status=1)


def failure(message, attempt=1):
    return Failure(nodeid="t.py::a", phase=Phase.CALL, type="E", message=message, attempt=attempt)


CASES = [
    ("created", {"created": "2026-01-09"}, {"created": "2026-01-08"}, "2026-01-08"),
    ("branch", {"branch": ""}, {"branch": "main"}, "main"),
    ("source", {"source": "junit"}, {"source": "junit"}, "junit"),
    ("source", {"source": "junit"}, {}, "several"),
    ("shard", {"shard": "1"}, {"shard": "2"}, ""),
    ("exit_status", {"exit_status": 1}, {"exit_status": 0}, 1),
    ("exit_status", {"exit_status": None}, {"exit_status": None}, 0),
    ("complete", {"complete": False}, {}, False),
    ("internal_error", {}, {"internal_error": "boom"}, "boom"),
    ("duration", {"duration": 1.5}, {"duration": 2.0}, 3.5),
    ("deselected", {"deselected": 3}, {"deselected": 4}, 4),
    ("changed_files", {"changed_files": ("b", "a")}, {"changed_files": ("b", "c")}, ("a", "b", "c")),
    ("changed_files", {"changed_files": ("a",)}, {"changed_files": None}, None),
    ("before", {"before": None}, {"before": None}, None),
    ("before", {"before": ()}, {"before": None}, ()),
    (
        "before",
        {"before": (PriorResult("a", ("passed",)),)},
        {"before": (PriorResult("a", ("failed",), ("1:x",)),)},
        (PriorResult("a", ("passed", "failed"), ("1:x",)),),
    ),
    (
        "warnings",
        {"warnings": (WarningCount("W", "m", "a.py", 1, 2),)},
        {"warnings": (WarningCount("W", "m", "a.py", 1, 3),)},
        (WarningCount("W", "m", "a.py", 1, 5),),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("field", "first", "second", "expected"), CASES)
def test_a_field_of_two_shards(field, first, second, expected):
    merged = merge([replace(ONE, **first), replace(TWO, **second)])
    assert getattr(merged, field) == expected


def test_the_last_attempt_of_a_shard_tells_how_it_ended():
    failed = replace(ONE, exit_status=1, complete=False, internal_error="boom")
    passed = replace(ONE, exit_status=0, attempt=2)
    for order in ([failed, passed], [passed, failed]):
        merged = merge(order)
        assert (merged.exit_status, merged.complete, merged.internal_error) == (0, True, "")


def test_every_attempt_of_a_test_is_kept_once():
    first = replace(ONE, results=(Result("t.py::a", "failed"),), failures=(failure("no"),))
    second = replace(ONE, attempt=2)
    merged = merge([second, first, first])
    assert merged.results == (
        Result("t.py::a", "failed", attempt=1),
        Result("t.py::a", "passed", attempt=2),
    )
    assert merged.failures == (failure("no"),)
    assert merged.collected == 1


def test_one_report_is_itself():
    assert merge([ONE]) is ONE


def test_what_shadow_mode_found_in_every_cell_counts():
    """A miss in the second cell is one, and what a later attempt found replaces the earlier."""

    def of_cell(name, attempt, *figures):
        audit = Audited(1, *figures)
        total = Audited(4, *figures)
        cell = {"cell": name, "shard": "", "attempt": attempt, "shadow": Shadow(audit, total)}
        return replace(ONE, **cell)

    linux = of_cell("linux", 1, 10, 4, 5.0, 2.0, 0, 0)
    windows = of_cell("windows", 1, 10, 4, 7.0, 3.0, 1, 1)
    again = of_cell("windows", 2, 10, 4, 6.0, 3.0, 2, 2)
    merged = merge([linux, windows, again, replace(ONE, cell="mac", shard="")])
    assert merged.shadow == Shadow(
        Audited(1, 20, 8, 11.0, 5.0, 2, 2), Audited(4, 20, 8, 11.0, 5.0, 2, 2)
    )
