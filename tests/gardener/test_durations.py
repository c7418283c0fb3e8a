"""What the page says of the time that tests took."""

import pytest

from gardener.model import Report, Result
from gardener.render.html.tests import durations

DAY = "2026-11-29T00:00:00Z"


@pytest.mark.parametrize(
    ("of_run", "sentence"),
    [
        (61.5, "The tests took 1.5 s, the whole run 61.5 s."),
        (0.0, "The tests took 1.5 s."),
        (-3.0, "The tests took 1.5 s."),
    ],
)
def test_the_time_of_the_tests_stands_beside_that_of_the_run(of_run, sentence):
    results = (Result("t.py::test_a", "passed", 1.5), Result("t.py::test_b", "passed", -1.0))
    page = durations(Report(created=DAY, results=results, duration=of_run))
    assert f"<p>{sentence}</p>" in page
