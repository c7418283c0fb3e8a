"""Events, rate limits and archives: what comes from outside and may be hostile."""

import io
import json
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
from botcases import make_finding, make_report
from gardener.bot.content.compared import Compared
from gardener.bot.github import artifacts, rate_limit, runs
from gardener.bot.github.event import Place, read_place
from msgspec.structs import replace

from gardener.errors import GardenerError, ReportError
from gardener.model import Environment, PriorResult
from gardener.reports import store as reports

NOW = 1_000.0


@pytest.mark.parametrize(
    ("head_repository", "report_of_base", "distance", "witnesses"),
    [
        ("o/r", True, 0, ("before", "base")),
        ("o/r", True, 3, ("before",)),
        ("o/r", False, 0, ("before",)),
        ("mallory/r", True, 0, ("base",)),
        ("mallory/r", True, 3, ("base",)),
        ("mallory/r", False, 0, ("before",)),
    ],
)
def test_what_a_fork_claims_of_the_base_outranks_no_run_of_it(
    head_repository, report_of_base, distance, witnesses
):
    origin = "b" * 40
    claimed = make_report(
        before=(PriorResult("t.py::a", ("failed",)),),
        compared=origin,
        environment=Environment(python="3.99"),
    )
    found = make_report() if report_of_base else None
    base = runs.Base(found, Compared(at=origin, origin=origin, distance=distance, how="run"))
    place = Place(repository="o/r", head_repository=head_repository)
    report, weighed = runs.weigh(claimed, base, place)
    given = {"before": report.before is not None, "base": weighed.report is not None}
    assert tuple(name for name, is_given in given.items() if is_given) == witnesses
    assert (report.environment == Environment()) is ("before" not in witnesses)


def test_a_look_at_another_commit_than_the_base_counts_for_nothing():
    claimed = make_report(before=(), compared="a" * 40)
    base = runs.Base(make_report(), Compared(at="b" * 40, origin="b" * 40, how="run"))
    assert runs.weigh(claimed, base, Place()) == (replace(claimed, before=None, compared=""), base)


@pytest.mark.parametrize(
    ("status", "headers", "message", "expected"),
    [
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1030"}, "", ("primary", 31)),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "900"}, "", ("primary", 1)),
        (403, {}, "API rate limit exceeded for user ID 1.", ("primary", 60)),
        (403, {"Retry-After": "7"}, "", ("secondary", 7)),
        (403, {"retry-after": "7", "x-ratelimit-remaining": "0"}, "", ("secondary", 7)),
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "5000"},
            "You have exceeded a secondary rate limit",
            ("secondary", 60),
        ),
        (429, {}, "", ("secondary", 60)),
        (429, {"retry-after": "nan"}, "", ("secondary", 60)),
        (429, {"retry-after": "-5"}, "", ("secondary", 60)),
        (429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", ("secondary", 60)),
        (403, {"x-ratelimit-remaining": "4000"}, "Resource not accessible by integration", None),
        (404, {"retry-after": "7"}, "", None),
        (502, {}, "", None),
    ],
)
def test_rate_limits_are_told_apart(status, headers, message, expected):
    assert rate_limit.limit_of(status, headers, message, NOW) == expected


# --- events

ENV = {"GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": "f" * 40, "GITHUB_REF_NAME": "main"}


def place(event, payload, **env):
    payload = {"repository": {"default_branch": "main"}, **payload}
    return read_place({**ENV, "GITHUB_EVENT_NAME": event, **env}, json.dumps(payload).encode())


def test_a_pull_request_event():
    side = {"sha": "a" * 40, "ref": "topic", "repo": None}
    found = place("pull_request", {"pull_request": {"number": 3, "head": side, "base": side}})
    assert (found.number, found.head, found.head_repository) == (3, "a" * 40, "")
    assert not found.tells_default_branch


def test_enterprise_hosts_are_taken_from_the_environment():
    found = place(
        "push",
        {},
        GITHUB_API_URL="https://ghe.example/api/v3/",
        GITHUB_RUN_ID="5",
        GITHUB_SERVER_URL="https://ghe.example",
    )
    assert found.api == "https://ghe.example/api/v3"
    assert found.run_url == "https://ghe.example/o/r/actions/runs/5"
    assert found.tells_default_branch


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ({"event": "push", "head_branch": "main", "head_repository": {"full_name": "o/r"}}, True),
        (
            {"event": "schedule", "head_branch": "main", "head_repository": {"full_name": "o/r"}},
            True,
        ),
        ({"event": "push", "head_branch": "main", "head_repository": {"full_name": "x/r"}}, False),
        ({"event": "push", "head_branch": "main", "head_repository": None}, False),
        (
            {
                "event": "pull_request",
                "head_branch": "main",
                "head_repository": {"full_name": "o/r"},
            },
            False,
        ),
        ({"event": "push", "head_branch": "topic", "head_repository": {"full_name": "o/r"}}, False),
        ({"head_branch": "main", "head_repository": {"full_name": "o/r"}}, False),
    ],
)
def test_which_workflow_runs_tell_of_the_default_branch(run, expected):
    assert place("workflow_run", {"workflow_run": run}).tells_default_branch is expected


@pytest.mark.parametrize("event", [b"[" * 100_000, b"nonsense", b'{"pull_request": 7}', b"[]"])
def test_an_event_that_is_none(event):
    with pytest.raises(GardenerError, match="holds no event"):
        read_place({**ENV, "GITHUB_EVENT_NAME": "pull_request"}, event)


@pytest.mark.parametrize("name", ["o", "o/r/x", "../r", "o/r?x=1", "o r/x"])
def test_a_repository_that_is_none(name):
    with pytest.raises(GardenerError, match="not OWNER/NAME"):
        read_place({"GITHUB_REPOSITORY": name}, b"")


# --- archives


def zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def report_bytes(tmp_path, *tests):
    reports.save(make_report(make_finding(tests=tests)), tmp_path / "one.json")
    return (tmp_path / "one.json").read_bytes()


def test_every_report_of_an_archive_is_read(tmp_path):
    members = [
        ("shard-1/report.json", report_bytes(tmp_path, "t.py::a")),
        ("shard-2/report.json", report_bytes(tmp_path, "t.py::b")),
        ("README.txt", b"not a report"),
    ]
    found = artifacts.load(zipped(tmp_path / "a.zip", members))
    assert [r.failures[0].nodeid for r in found] == ["t.py::a", "t.py::b"]


def test_names_that_lead_outside_write_nothing(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    data = report_bytes(tmp_path, "t.py::a")
    names = ["../../evil.json", "/etc/evil.json", "C:\\evil.json", "..\\evil.json"]
    before = sorted(p.name for p in tmp_path.rglob("*"))
    path = zipped(inner / "a.zip", [(name, data) for name in names])
    assert len(artifacts.load(path)) == 4
    assert sorted(p.name for p in tmp_path.rglob("*")) == sorted([*before, "a.zip"])


def test_a_bomb_is_refused_after_a_bounded_read(tmp_path):
    import resource

    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("report.json", "w", force_zip64=True) as member,
    ):
        for _ in range(300):
            member.write(b"0" * 1024 * 1024)
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb.getvalue())
    with pytest.raises(ReportError, match="larger than 128 MB"):
        artifacts.load(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500_000


def test_a_claimed_size_is_not_believed(tmp_path):
    path = zipped(tmp_path / "a.zip", [("report.json", b"x" * 100_000)])
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(bytes(data))
    with pytest.raises(ReportError):
        artifacts.load(path)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("notes.txt", b"")], "holds no report"),
        ([(f"{n}.json", b"{}") for n in range(101)], "holds 101 reports"),
        ([("report.json", b"[]")], "file 1 of"),
    ],
)
def test_archives_that_are_refused(tmp_path, members, said):
    with pytest.raises(ReportError, match=said):
        artifacts.load(zipped(tmp_path / "a.zip", members))


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no pipes with names here")
def test_a_report_may_come_by_a_pipe_and_one_without_end_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", [("a.json", report_bytes(tmp_path, "t.py::a"))])
    for source in (path, tmp_path / "one.json"):
        with (
            source.open("rb") as file,
            subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as pipe,
        ):
            assert pipe.stdout
            assert len(artifacts.load(Path(f"/dev/fd/{pipe.stdout.fileno()}"))) == 1
    with pytest.raises(ReportError, match="is larger than 128 MB"):
        artifacts.load(Path("/dev/zero"))


def test_a_broken_archive_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", [("report.json", b"{}" * 1_000)])
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ReportError, match="broken archive"):
        artifacts.load(path)


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]><testsuites><testsuite name="&c;"><testcase name="t"/></testsuite></testsuites>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<testsuites><testsuite><testcase name="t"><failure message="&a;"/></testcase></testsuite></testsuites>"""


@pytest.mark.parametrize("document", [BOMB, OUTSIDE], ids=["entities", "external"])
def test_entities_in_junit_xml_are_refused(tmp_path, document):
    with pytest.raises(ReportError):
        artifacts.load(zipped(tmp_path / "a.zip", [("junit.xml", document)]))
