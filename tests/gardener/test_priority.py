"""Rules of `[[tool.gardener.priority]]` and `[[tool.gardener.impact]]`."""

from pathlib import Path

import pytest

from gardener.config import Config, parse
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import ConfigError
from gardener.model import Failure, Phase, Report


def find(settings, **more):
    failure = Failure(
        **{
            "nodeid": "tests/pay/test_card.py::TestCard::test_pay",
            "phase": "call",
            "type": "AssertionError",
            "message": "no",
            "markers": ("asyncio", "critical"),
            **more,
        }
    )
    config = parse(settings.encode(), Path())
    (finding,) = diagnose(Report(created="", failures=(failure,)), config).findings
    return finding


FITS = [
    'paths = ["tests/pay/*"]',
    'paths = ["tests/pay"]',
    'paths = ["**/pay/*"]',
    'markers = ["critical"]',
    'markers = ["other", "asyncio"]',
    'focus = "websocket"\n[tool.gardener.focus.websocket]\nmarkers = ["critical"]',
    'focus = "card"\n[tool.gardener.focus.card]\nnames = ["TestCard"]',
    'focus = "card"\n[tool.gardener.focus.card]\npaths = ["*/pay/*"]',
    'paths = ["tests/**"]\nmarkers = ["critical"]',
]
FITS_NOT = [
    'paths = ["src/**"]',
    'paths = ["tests/*"]',  # `*` stays within a folder
    'markers = ["slow"]',
    'focus = "websocket"',
    'categories = ["import-error"]',
    'paths = ["tests/**"]\nmarkers = ["slow"]',
]


@pytest.mark.parametrize("kind", ["priority", "impact"])
@pytest.mark.parametrize(
    ("rule", "fits"), [(r, True) for r in FITS] + [(r, False) for r in FITS_NOT]
)
def test_a_rule_fits_when_all_of_its_keys_do(kind, rule, fits):
    value = 'priority = "P0"' if kind == "priority" else 'text = "Money."'
    finding = find(f"[[tool.gardener.{kind}]]\n{value}\n{rule}\n")
    if kind == "priority":
        assert (finding.priority == "P0") is fits
    else:
        assert finding.impact == ("Money." if fits else "")


def test_the_first_rule_that_fits_wins():
    rules = '[[tool.gardener.priority]]\npriority = "P{}"\nmarkers = ["{}"]\n'
    text = rules.format(3, "slow") + rules.format(0, "critical") + rules.format(1, "asyncio")
    assert find(text).priority == "P0"


def test_without_known_markers_no_rule_on_markers_fits():
    rule = '[[tool.gardener.priority]]\npriority = "P0"\nmarkers = ["critical"]\n'
    assert find(rule, markers=()).priority != "P0"


def test_an_unknown_focus_or_key_is_named():
    with pytest.raises(ConfigError, match="focus 'nope'"):
        find('[[tool.gardener.priority]]\npriority = "P0"\nfocus = "nope"\n')
    with pytest.raises(ConfigError, match="did you mean `markers`"):
        find('[[tool.gardener.priority]]\npriority = "P0"\nmarker = ["x"]\n')


@pytest.mark.parametrize(
    "type_",
    [
        "DeprecationWarning",
        "relay.RelayDeprecationWarning",
        "orm.exc.RemovedIn20Warning",
        "RelayDeprecatedSince3",
    ],
)
def test_a_deprecation_that_stops_tests_is_more_urgent_than_one_that_warns(type_):
    def stopped(tests, phase=Phase.CALL):
        failures = tuple(
            Failure(
                nodeid=f"t.py::t{n}",
                phase=phase,
                type=type_,
                message="relay.old is deprecated",
            )
            for n in range(tests)
        )
        report = Report(created="", failures=failures)
        (found,) = diagnose(report, Config(Path())).findings
        return found.priority

    assert stopped(1) == "P2"
    assert stopped(12) == "P1"
    assert stopped(1, Phase.COLLECT) == "P1"


def test_what_mends_the_most_comes_first():
    failures = [
        Failure(
            nodeid=f"a.py::t{n}",
            phase=Phase.CALL,
            type="OSError",
            message="[Errno 111] Connection refused",
        )
        for n in range(3)
    ]
    urgent = Failure(
        nodeid="b.py::t", phase=Phase.CALL, type="NameError", message="name 'x' is not defined"
    )
    report = Report(created="", failures=(urgent, *failures))
    found = diagnose(report, Config(Path())).findings
    assert [len(one.tests) for one in found] == [3, 1]
    assert found[0].priority > found[1].priority
