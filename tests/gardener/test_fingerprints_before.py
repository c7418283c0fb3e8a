"""What the version before stored is still known, where a cause is told by other evidence now."""

from pathlib import Path

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Cause, Failure, Frame, Phase, PriorResult, Report, Result


def failed(type_, message, *frames, **more):
    own = Frame("tests/test_a.py", 4, "test_a", "test", "check()")
    return Failure(
        nodeid="tests/test_a.py::test_a",
        phase=Phase.CALL,
        type=type_,
        message=message,
        frames=(own, *frames),
        **more,
    )


STOP = Frame("app/server.py", 9, "Server.stop", "project", "for one in self.servers:")
ENDED = Cause(
    link="context",
    type="LookupError",
    message="no relay is configured",
    frames=(Frame("app/server.py", 3, "Server.load", "project", "raise LookupError(text)"),),
    facts={"background": "task"},
)
# A failure, and the fingerprint that the version before 2026-11-29 wrote into issues and records.
STORED = {
    "a service at a lasting address": (
        failed(
            "ConnectionRefusedError",
            "[Errno 111] Connection refused",
            facts={"address": "127.0.0.1:6379"},
        ),
        "1:31d0cc9190ea",
    ),
    "a parameter that a library took away": (
        failed(
            "TypeError",
            "Client.__init__() got an unexpected keyword argument 'app'",
            facts={
                "callable": "relay:Client.__init__",
                "name": "Client.__init__",
                "library": "relay 2.0",
                "lacks": "parameter `app` in `Client.__init__`",
            },
        ),
        "1:a194e4a77eb0",
    ),
    "a parameter that a library took from one function": (
        failed(
            "TypeError",
            "Client.__init__() got an unexpected keyword argument 'app'",
            facts={
                "callable": "relay:Client.__init__",
                "name": "Client.__init__",
                "library": "relay 2.0",
                "lacks": "parameter `app` in `Client.__init__`",
            },
        ),
        "1:00b28dd8a6eb",
    ),
    "the setup of nose": (
        failed(
            "AttributeError",
            "'TestA' object has no attribute 'file'",
            facts={
                "setup": "tests/test_a.py:TestA.setup",
                "base": "tests/test_a.py:TestA",
            },
        ),
        "1:5c275d97c3d2",
    ),
    "a server that ended beside the test": (
        failed(
            "AttributeError",
            "'Server' object has no attribute 'servers'",
            STOP,
            facts={
                "set_in": "app/server.py:Server.start",
                "owner": "app.server.Server",
                "name": "servers",
            },
            causes=(ENDED,),
        ),
        "1:929e5d2d84ed",
    ),
}


@pytest.mark.parametrize(("failure", "stored"), STORED.values(), ids=STORED)
def test_the_fingerprint_of_before_leads_to_the_cause(failure, stored):
    prior = PriorResult(failure.nodeid, ("failed",), (stored,))
    report = Report(
        created="2026-11-29T00:00:00Z",
        results=(Result(failure.nodeid, "failed"),),
        failures=(failure,),
        before=(prior,),
    )
    (finding,) = diagnose(report, Config(Path())).findings
    assert stored in finding.aliases and stored != finding.fingerprint
    assert finding.status == "pre-existing"


def test_each_fingerprint_of_today_is_fixed():
    """A change here closes and reopens the issues of every team: it needs an alias first."""
    failures = [failure for failure, _ in STORED.values()]
    told = [
        diagnose(Report(created="", failures=(failure,)), Config(Path())).findings[0].fingerprint
        for failure in failures
    ]
    assert told == [
        "1:8751b087ef79",
        "1:a22bb056e9aa",
        "1:a22bb056e9aa",
        "1:825ee3f5f975",
        "1:0c8bbe4f9c1e",
    ]
