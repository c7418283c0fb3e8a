"""Fields of foreign JSON are read as what they should be, or as empty."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from gardener.model import WarningCount
from gardener.reports.fields import (
    mapping,
    mappings,
    number,
    sum_warnings,
    text,
    utc_time,
    whole_number,
)

FIELDS: list[tuple[Callable[[Any], object], object, object]] = [
    (text, "a", "a"),
    (text, None, ""),
    (text, 3, ""),
    (number, 1.5, 1.5),
    (number, 3, 3.0),
    (number, True, 0.0),
    (number, -1, 0.0),
    (number, math.nan, 0.0),
    (number, math.inf, 0.0),
    (number, "1", 0.0),
    (whole_number, 3, 3),
    (whole_number, -3, 0),
    (whole_number, True, 0),
    (whole_number, 1.5, 0),
    (mapping, {"a": 1}, {"a": 1}),
    (mapping, [1], {}),
    (mappings, [{"a": 1}, 2, None], [{"a": 1}]),
    (mappings, {"a": 1}, []),
    (utc_time, 0, "1970-01-01T00:00:00+00:00"),
    (utc_time, 1e300, ""),
]


@pytest.mark.parametrize(("read", "field", "expected"), FIELDS)
def test_a_field_is_read_as_its_type_or_as_empty(read, field, expected):
    assert read(field) == expected


def test_equal_warnings_are_summed_and_others_are_not():
    old, new = WarningCount("W", "old", "a.py", 1), WarningCount("W", "new", "a.py", 1)
    assert sum_warnings([old, new, old]) == (WarningCount("W", "old", "a.py", 1, 2), new)
    assert sum_warnings([]) == ()
