"""Issues: opened once, extended, closed only when all is passed, reopened, never against people."""

from pathlib import Path

import msgspec
import pytest
from botcases import make_diagnosis, make_finding, make_report
from gardener.bot import plan_issues
from gardener.bot.content import marker, text
from gardener.bot.content.actions import CommentIssue, CreateIssue, EditIssue, Issue
from gardener.bot.content.memory import Memory
from msgspec.structs import replace

from gardener.config import Config, GitHub, parse
from gardener.diagnosis.areas import areas, areas_of
from gardener.diagnosis.categories import BUILT_IN
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Environment, Failure, Frame, Phase, Report, WarningCount

ME = "github-actions[bot]"
A, B, C = "tests/t.py::a", "tests/t.py::b", "tests/t.py::c"


def at(day: int) -> dict[str, object]:
    return {"created": f"2026-11-{day:02}T10:00:00Z", "commit": f"{day:02}" * 20}


class Site:
    """The issues of a repository: plays a plan as the site would."""

    def __init__(self, settings: GitHub | None = None) -> None:
        self.issues: dict[int, Issue] = {}
        self.comments: list[tuple[int, str]] = []
        self.config = Config(Path(), github=settings or GitHub())

    def run(self, *findings, passed=(), **changes):
        report = make_report(*findings, passed=passed, **changes)
        known = tuple(self.issues.values())
        plan = plan_issues.plan(report, make_diagnosis(*findings), known, ME, self.config)
        for action in plan.actions:
            self.play(action)
        return plan

    def play(self, action):
        if isinstance(action, CreateIssue):
            number = len(self.issues) + 1
            self.issues[number] = Issue(
                number=number,
                title=action.title,
                body=action.body,
                author=ME,
                labels=action.labels,
            )
        elif isinstance(action, EditIssue):
            changed = {
                name: value
                for name in ("title", "body", "labels", "state_reason")
                if (value := getattr(action, name)) is not None
            }
            if action.state:
                changed["open"] = action.state == "open"
            self.issues[action.number] = replace(self.issues[action.number], **changed)
        else:
            self.comments.append((action.number, action.body))


def test_a_cause_gets_one_issue_and_the_same_report_writes_nothing_more():
    site = Site()
    cause = make_finding(tests=(A, B))
    (created,) = site.run(cause, **at(1)).actions
    assert created.title == (
        "[BUG] failing-test-regression-P1-event-serialization-format: "
        "Enum members are sent as their names"
    )
    assert created.labels == ("P1", "bug", "gardener")
    assert site.run(cause, **at(1)).actions == ()
    assert site.run(cause, **at(2)).actions == ()


def test_the_body_starts_with_the_fact_and_ends_with_the_next_step():
    site = Site()
    site.run(make_finding(tests=(A, B), impact="Users see no answer."), **at(1))
    words = [w for w in site.issues[1].body.splitlines() if w and not w.startswith("<!--")]
    assert words[0] == (
        "**2 tests failed with `AssertionError: 'AGENT' != 'agent'` at `app/ws.py:12`.**"
    )
    assert words[-2:] == ["### Next step", "- Send `type.value`."]
    for said in (
        "- **First seen:** `0101010101` (2026-11-01)",
        "- **Suspect range:** `bbbbbbbbbb...0101010101`",
        "- **Impact:** Users see no answer.",
        "- [ ] `tests/t.py::a`",
        "E   AssertionError: 'AGENT' != 'agent'",
        "python -m pytest tests/t.py::a tests/t.py::b",
    ):
        assert said in words


def test_a_change_is_no_suspect_where_its_base_failed_too():
    site = Site()
    site.run(make_finding(tests=(A,), status="pre-existing"), **at(1))
    assert "Suspect range" not in site.issues[1].body


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("wrong type\nassert 'A' == 'a'\n  - a\n  + A", "- `assert 'A' == 'a'` holds."),
        ("Expected 5 events, got 0", "- `5` where there is `0` now."),
    ],
)
def test_expected_behaviour_is_what_the_failure_says(message, said):
    site = Site()
    site.run(make_finding(tests=(A,), message=message, status="unknown"), **at(1))
    words = site.issues[1].body.partition("### Expected behaviour")[2].strip().splitlines()
    assert words[0] == said
    site.run(make_finding("other", (B,), message="boom", status="unknown", symbol=""), **at(1))
    assert "Expected behaviour" not in site.issues[2].body


def test_a_test_that_joins_is_told_once():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    edit, told = site.run(make_finding(tests=(A, B)), **at(2)).actions
    assert isinstance(edit, EditIssue)
    assert isinstance(told, CommentIssue)
    assert told.body.startswith("**1 more test failed.**")
    assert "- 2026-11-02" not in edit.body
    assert "- `0202020202` (2026-11-02): 1 more test failed" in edit.body
    assert site.run(make_finding(tests=(A, B)), **at(3)).actions == ()


def test_a_raised_priority_changes_title_and_label_but_not_a_persons_label():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    site.run(make_finding(tests=(A,), priority="P0"), **at(2))
    assert site.issues[1].labels == ("P0", "bug", "gardener")
    assert "-P0-" in site.issues[1].title
    site.issues[1] = replace(site.issues[1], labels=("P3", "gardener", "team-x"))
    site.run(make_finding(tests=(A,), priority="P1"), **at(3))
    assert site.issues[1].labels == ("P3", "gardener", "team-x")


def test_a_persons_title_and_text_stay():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    one = site.issues[1]
    site.issues[1] = replace(
        one, title="My own words", body="Seen by me.\r\n" + one.body + "And below.\n"
    )
    site.run(make_finding(tests=(A, B), priority="P0"), **at(2))
    body = site.issues[1].body
    assert site.issues[1].title == "My own words"
    assert body.startswith("Seen by me.\n<!-- gardener:issue")
    assert body.endswith("And below.\n")
    assert "- [ ] `tests/t.py::b`" in body


def test_text_that_a_person_changed_inside_the_facts_is_not_overwritten():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    mine = site.issues[1].body.replace("- Send `type.value`.", "- Ask Ada first.")
    site.issues[1] = replace(site.issues[1], body=mine)
    actions = site.run(make_finding(tests=(A, B)), **at(2)).actions
    assert "- Ask Ada first." in site.issues[1].body
    assert [a.body for a in actions if isinstance(a, CommentIssue)]
    assert site.run(make_finding(tests=(A, B)), **at(2)).actions == ()


def test_a_ticked_box_is_no_change_of_text():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    ticked = site.issues[1].body.replace("- [ ]", "- [x]")
    site.issues[1] = replace(site.issues[1], body=ticked)
    site.run(make_finding(tests=(A, B)), **at(2))
    assert "- [ ] `tests/t.py::b`" in site.issues[1].body


@pytest.mark.parametrize(
    ("passed", "others", "closed"),
    [
        ((A, B), (), True),
        ((A,), (), False),  # a test that did not run is not fixed
        ((), (), False),
        ((A,), (B,), False),  # it fails for another cause now
    ],
)
def test_an_issue_closes_only_when_every_test_passed(passed, others, closed):
    site = Site()
    site.run(make_finding(tests=(A, B)), **at(1))
    site.run(*(make_finding("other", (o,)) for o in others), passed=passed, **at(2))
    assert site.issues[1].open is not closed


def test_skipped_and_flaky_tests_are_not_passed():
    from gardener.model import Outcome, Result

    tries: tuple[list[Outcome], ...] = (["skipped"], ["xfailed"], ["failed", "passed"])
    for outcomes in tries:
        site = Site()
        site.run(make_finding(tests=(A,)), **at(1))
        site.run(results=tuple(Result(A, o, attempt=n) for n, o in enumerate(outcomes, 1)), **at(2))
        assert site.issues[1].open


def test_a_run_that_lacks_a_cell_closes_nothing():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    site.run(passed=(A,), missing=("cell windows",), complete=False, **at(2))
    assert site.issues[1].open
    site.run(passed=(A,), **at(3))
    assert not site.issues[1].open


def test_closing_takes_as_many_different_runs_as_configured():
    site = Site(GitHub(close_after=2))
    site.run(make_finding(tests=(A,)), **at(1))
    site.run(passed=(A,), **at(2))
    assert site.run(passed=(A,), **at(2)).actions == ()
    assert site.issues[1].open
    site.run(passed=(A,), **at(3))
    assert not site.issues[1].open
    assert "in 2 runs of the default branch" in site.comments[-1][1]


def test_a_failure_after_a_passed_run_is_told_with_the_range_that_brought_it():
    site = Site(GitHub(close_after=3))
    cause = make_finding(tests=(A,))
    site.run(cause, **at(1))
    site.run(passed=(A,), **at(2))
    assert site.comments == []
    site.run(cause, **at(3))
    assert [body.splitlines()[0] for _, body in site.comments] == [
        "**It failed again after it had passed.**"
    ]
    assert "- **Suspect range:** `0202020202...0303030303`" in site.issues[1].body


def test_a_raised_priority_is_told_and_a_lowered_one_only_written():
    site = Site()
    site.run(make_finding(tests=(A,), priority="P1"), **at(1))
    site.run(make_finding(tests=(A,), priority="P0"), **at(2))
    assert [body.splitlines()[0] for _, body in site.comments] == ["**Priority P1 became P0.**"]
    site.run(make_finding(tests=(A,), priority="P2"), **at(3))
    assert len(site.comments) == 1
    assert site.issues[1].labels == ("P2", "bug", "gardener")


def test_a_reopened_issue_says_why():
    site = Site()
    cause = make_finding(tests=(A,))
    site.run(cause, **at(1))
    site.run(passed=(A,), **at(2))
    site.run(cause, **at(3))
    assert site.comments[-1][1].startswith("**It failed again after it was closed.**")
    assert "- `0303030303` (2026-11-03): it failed again after it was closed" in site.issues[1].body


def test_every_text_has_the_fact_first_and_the_next_step_last():
    site = Site(GitHub(close_after=1))
    cause = make_finding(tests=(A,))
    for day in (1, 3, 5):
        site.run(cause, **at(day))
        site.run(make_finding(tests=(A, B)), **at(day))
        site.run(passed=(A, B), **at(day + 1))
    texts = [site.issues[1].body.partition("begin -->")[2], *(body for _, body in site.comments)]
    assert len(texts) > 5
    for words in texts:
        lines = [w for w in words.splitlines() if w and not w.startswith("<!--")]
        assert lines[0].startswith("**")
        assert lines[0].endswith(".**")
        assert lines[-1].startswith("- Next: ") or lines[-2] == "### Next step"
        prose = [
            w for w in lines[1:] if not w.startswith(("- ", "#", "E   ", "```", "|", "python"))
        ]
        assert prose == []


def test_it_reopens_and_after_the_second_time_stays_open():
    site = Site()
    cause = make_finding(tests=(A,))
    for day in (1, 3, 5):
        site.run(cause, **at(day))
        assert site.issues[1].open
        site.run(passed=(A,), **at(day + 1))
    assert site.issues[1].open
    assert site.issues[1].state_reason == "reopened"
    assert "came back 2 times" in site.issues[1].body
    assert site.run(passed=(A,), **at(7)).actions == ()


def test_a_late_older_run_changes_nothing():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    site.run(passed=(A,), **at(3))
    plan = site.run(make_finding(tests=(A,)), **at(2))
    assert plan.actions == ()
    assert "newer run" in plan.notes[0]


def members_of(site):
    memory = marker.read("issue", site.issues[1].body, Memory)
    return {m.name: m.passed for m in memory.members}


def test_what_failed_only_in_an_older_run_told_late_joins_and_must_pass_too():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(3))
    (edit,) = site.run(make_finding(tests=(A, B)), **at(2)).actions
    assert edit.why == "1 more test failed"
    assert (edit.state, edit.title, edit.labels) == (None, None, None)
    assert members_of(site) == {A: False, B: False}
    assert f"- [ ] `{B}`" in site.issues[1].body
    assert "**1 test failed with" in site.issues[1].body  # as the newer run told it
    assert site.run(make_finding(tests=(A, B)), **at(2)).actions == ()
    site.run(passed=(A,), **at(4))
    assert site.issues[1].open
    site.run(passed=(A, B), **at(5))
    assert not site.issues[1].open


def test_a_late_older_run_takes_back_neither_ticks_nor_a_close():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    site.run(passed=(A,), **at(3))
    site.run(make_finding(tests=(A, B)), **at(2))
    assert not site.issues[1].open
    assert members_of(site) == {A: True, B: False}
    site.run(make_finding(tests=(B,)), **at(4))
    assert site.issues[1].open


def test_runs_that_passed_before_a_test_joined_late_do_not_count():
    site = Site(GitHub(close_after=2))
    site.run(make_finding(tests=(A,)), **at(1))
    site.run(passed=(A,), **at(3))
    site.run(make_finding(tests=(A, B)), **at(2))
    site.run(passed=(A, B), **at(4))
    assert site.issues[1].open
    site.run(passed=(A, B), **at(5))
    assert not site.issues[1].open


def test_quiet_and_not_planned_issues_are_left_alone():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    quiet = replace(site.issues[1], labels=("gardener", "gardener:quiet"))
    site.issues[1] = quiet
    assert site.run(make_finding(tests=(A, B)), **at(2)).actions == ()
    assert site.run(passed=(A,), **at(3)).actions == ()
    site.issues[1] = replace(quiet, labels=(), open=False, state_reason="not_planned")
    assert site.run(make_finding(tests=(A,)), **at(4)).actions == ()


def test_an_issue_of_another_author_is_not_ours():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    site.issues[1] = replace(site.issues[1], author="mallory")
    assert isinstance(site.run(make_finding(tests=(A,)), **at(2)).actions[0], CreateIssue)


def test_an_alias_finds_the_issue_of_an_older_fingerprint():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    old = make_finding().fingerprint
    renewed = make_finding("renamed", (A,), fingerprint="2:new", aliases=(old,))
    assert not [a for a in site.run(renewed, **at(2)).actions if isinstance(a, CreateIssue)]
    memory = marker.read("issue", site.issues[1].body, Memory)
    assert memory and memory.keys == {old, "2:new"}


@pytest.mark.parametrize("category", [c.id for c in BUILT_IN if c.local])
def test_failures_of_a_machine_never_become_issues(category):
    plan = Site().run(make_finding(category=category), **at(1))
    assert plan.actions == ()
    assert plan.notes == (
        f"{make_finding().name}: no issue, category {category} is about a machine, not about the code",
    )


def test_which_categories_lie_in_the_machine():
    local = {category.id for category in BUILT_IN if category.local}
    assert {"host-not-found", "out-of-memory", "permission", "disk-full"} <= local
    assert "port-in-use" not in local  # a test that leaves its server running
    (created,) = Site().run(make_finding(category="port-in-use"), **at(1)).actions
    assert isinstance(created, CreateIssue)


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        (
            "docker.errors.DockerException",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?",
        ),
        ("ConnectionRefusedError", "[Errno 111] Connection refused: ('127.0.0.1', 5432)"),
        ("OSError", "Multiple exceptions: [Errno 111] Connect call failed ('::1', 6379, 0, 0)"),
        ("OSError", "[Errno 28] No space left on device"),
    ],
)
def test_what_diagnosis_says_of_a_machine_becomes_no_issue(type_, message):
    failure = Failure(nodeid=A, phase=Phase.CALL, type=type_, message=message)
    (finding,) = diagnose(Report(created="", failures=(failure,)), Config(Path())).findings
    plan = Site().run(finding, **at(1))
    assert plan.actions == ()
    assert "is about a machine" in plan.notes[0]


def warned(*counts: tuple[str, int]):
    return make_finding(
        "utcnow",
        (),
        kind="deprecated",
        category="utcnow",
        priority="P3",
        status="unknown",
        codemod="utcnow",
        warnings=tuple(WarningCount("DeprecationWarning", "utcnow", f, 1, n) for f, n in counts),
    )


def test_a_codemod_has_one_issue_for_the_whole_repository():
    site = Site()
    failing = make_finding("utc-error", (A,), codemod="utcnow", category="utcnow")
    (created,) = site.run(failing, warned(("app/api/x.py", 3), ("app/db/y.py", 4)), **at(1)).actions
    assert "| `app/db` | 4 |" in created.body
    assert created.body.rstrip().splitlines()[-2] == (
        "- Run `gardener fix --only utcnow`, if it applies, and commit the result."
    )


def test_warnings_are_gone_only_when_a_whole_run_on_the_same_python_shows_none():
    on = {"environment": Environment(python="3.12.1")}
    site = Site()
    site.run(warned(("app/x.py", 3)), **at(1), **on)
    site.run(passed=(A,), **at(2), environment=Environment(python="3.11.9"))
    assert site.issues[1].open
    site.run(passed=(A,), **at(3), **on, complete=False)
    assert site.issues[1].open
    site.run(passed=(A,), **at(4), **on)
    assert not site.issues[1].open


def test_causes_that_share_a_test_are_linked_both_ways_once():
    site = Site()
    pair = (make_finding("one", (A, B), symbol=""), make_finding("two", (B, C), symbol=""))
    site.run(*pair, **at(1))
    site.run(*pair, **at(1))
    assert "- **Related:** #2" in site.issues[1].body
    assert "- **Related:** #1" in site.issues[2].body
    assert site.run(*pair, **at(1)).actions == ()


def test_two_issues_for_one_cause_become_one():
    site = Site()
    site.run(make_finding(tests=(A,)), **at(1))
    site.issues[2] = replace(site.issues[1], number=2)
    (closing,) = plan_issues.duplicates(tuple(site.issues.values()), ME)
    assert (closing.number, closing.state, closing.state_reason) == (2, "closed", "duplicate")
    site.play(closing)
    assert site.run(make_finding(tests=(A,)), **at(2)).actions == ()


def test_forty_changed_causes_of_two_hundred_cost_at_most_forty_five_writes():
    site = Site()
    causes = [make_finding(f"c{n}", (f"t.py::{n}",), symbol="") for n in range(200)]
    assert len(site.run(*causes, **at(1)).actions) == 200
    for n in range(40):
        causes[n] = make_finding(f"c{n}", (f"t.py::{n}", f"t.py::more{n}"), symbol="")
    assert len(site.run(*causes, **at(2)).actions) == 45
    assert site.run(*causes, **at(2)).actions == ()


def test_a_cause_with_thousands_of_tests_fits_and_is_not_closed_by_a_few():
    many = tuple(f"tests/deep/folder/test_{n}.py::test_{'x' * 150}_{n}" for n in range(5_000))
    site = Site()
    (created,) = site.run(make_finding(tests=many), **at(1)).actions
    assert len(created.body) <= 65_536
    site.run(passed=many[:2_000], **at(2))
    assert site.issues[1].open


def test_names_that_escaping_makes_long_still_fit_and_stay_unchanged():
    many = tuple(f"tests/t.py::test[{'-|' * 90}{n}]" for n in range(300))
    site = Site()
    (created,) = site.run(make_finding(tests=many, message="-|`" * 2_000), **at(1)).actions
    assert text.size(created.body) <= 65_536
    assert site.run(make_finding(tests=many), **at(1)).actions == ()


def test_a_plan_can_be_written_as_json():
    plan = Site().run(make_finding(tests=(A,)), **at(1))
    assert msgspec.json.decode(msgspec.json.encode(plan))["actions"][0]["type"] == "create-issue"


# --- issues that know each other


def related(site, number):
    memory = marker.read_line("issue", site.issues[number].body, Memory)
    assert memory
    return set(memory.related)


def test_causes_that_share_symbol_suspect_or_file_are_linked_both_ways():
    site = Site()
    far = Frame("app/far.py", 1, "far", "project")

    def of(slug, **changes):
        finding = make_finding(slug, (f"tests/{slug}.py::t",), symbol=changes.pop("symbol", ""))
        failure = replace(finding.failures[0], frames=(far,), **changes)
        return replace(finding, failures=(failure,))

    causes = [
        of("symbol-one", symbol="app/a.py:A"),
        of("symbol-two", symbol="app/a.py:A"),
        of("other", symbol="app/a.py:B"),
        make_finding("alone", ("tests/x.py::t",), symbol="lib/other.py:f"),
    ]
    alone = causes[3].failures[0]
    causes[3] = replace(causes[3], failures=(replace(alone, frames=()),))
    site.run(*causes, **at(1))
    site.run(*causes, **at(1))
    assert [related(site, n) for n in (1, 2, 3, 4)] == [{2, 3}, {1, 3}, {1, 2}, set()]
    assert site.run(*causes, **at(1)).actions == ()


def test_the_cause_of_a_polluting_test_and_what_it_pollutes_are_linked():
    site = Site()
    pair = (
        make_finding("polluter", (A,), symbol=""),
        make_finding("polluted", (B,), symbol="", after=A),
    )
    site.run(*pair, **at(1))
    site.run(*pair, **at(1))
    assert (related(site, 1), related(site, 2)) == ({2}, {1})


def test_links_are_few_and_always_both_ways():
    site = Site()
    many = [make_finding(f"c{n}", (A, f"t.py::{n}"), symbol="") for n in range(12)]
    site.run(*many, **at(1))
    for _ in range(3):
        site.run(*many, **at(1))
    links = {n: related(site, n) for n in site.issues}
    assert all(0 < len(others) <= 5 for others in links.values())
    assert all(n in links[other] for n, others in links.items() for other in others)
    assert site.run(*many, **at(1)).actions == ()


# --- the team's own style


RULES = """
[tool.gardener.github]
issue-title = "{priority} {title} ({slug})"
issue-body = '''
{headline}

{warnings}

**Owner:** @octo/tests, for {category}.

{error}

{known}
{next}
'''
[[tool.gardener.github.labels]]
categories = ["event-*", "event-serialization-format"]
labels = ["events"]
[[tool.gardener.github.labels]]
focus = "wire"
labels = ["wire", "team-x"]
[[tool.gardener.github.labels]]
paths = ["tests/e2e/**"]
labels = ["e2e"]
[tool.gardener.focus.wire]
paths = ["tests/t.py"]
[tool.gardener.area."Golden Path"]
paths = ["tests/t.py"]
"""


def styled(*findings, known=(), settings=RULES, **changes):
    config = parse(settings.encode(), Path())
    report = make_report(*findings, passed=(C,), **changes)
    states = areas(report, config)
    named = tuple(replace(f, areas=areas_of(f.failures, config)) for f in findings)
    diagnosis = replace(make_diagnosis(*named), areas=states)
    return plan_issues.plan(report, diagnosis, known, ME, config)


def test_title_text_and_labels_are_the_team_s():
    (created,) = styled(make_finding(tests=(A, B)), **at(1)).actions
    assert created.title == ("P1 Enum members are sent as their names (event-serialization-format)")
    assert created.labels == ("P1", "bug", "events", "wire", "team-x", "gardener")
    words = created.body.partition("begin -->\n")[2]
    assert words.startswith("**2 tests failed with")
    assert "\n\n**Owner:** @octo/tests, for event-serialization-format.\n\n### Current" in words
    assert "- **Area:** Golden Path: 2 of 3 failing\n" in words
    assert words.endswith("### Next step\n\n- Send `type.value`.\n<!-- gardener:end -->\n")
    assert "Reproduce" not in words
    issue = Issue(
        number=1, title=created.title, body=created.body, author=ME, labels=created.labels
    )
    assert styled(make_finding(tests=(A, B)), known=(issue,), **at(2)).actions == ()


def test_a_label_of_a_new_rule_is_added_and_one_that_was_taken_away_stays_away():
    (created,) = styled(make_finding(tests=(A,)), settings="", **at(1)).actions
    body = created.body
    issue = Issue(number=1, title=created.title, body=body, author=ME, labels=created.labels)
    settings = (
        RULES.partition("issue-body")[0].partition("issue-title")[0] + RULES[RULES.index("[[") :]
    )
    (edit,) = styled(make_finding(tests=(A,)), known=(issue,), settings=settings, **at(2)).actions
    assert edit.labels == ("P1", "bug", "gardener", "events", "wire", "team-x")
    without = tuple(label for label in edit.labels if label != "wire")
    issue = replace(issue, body=edit.body, labels=without)
    assert (
        styled(make_finding(tests=(A,)), known=(issue,), settings=settings, **at(3)).actions == ()
    )


# --- issues of people that adopt causes


def umbrella(**changes):
    facts = {
        "number": 7,
        "title": "All deprecated imports",
        "body": "We know.\r\n\r\ngardener: event-serialization-format, other\r\n",
        "author": "ada",
        "labels": ("gardener",),
        "is_of_member": True,
    }
    return Issue(**{**facts, **changes})


def test_an_issue_of_a_member_adopts_causes_and_keeps_their_list():
    causes = [make_finding(f"c{n}", (f"t.py::{n}",), symbol="") for n in range(3)]
    plan = styled(*causes, known=(umbrella(),), settings="", **at(1))
    (edit,) = plan.actions
    assert edit.number == 7
    assert edit.body.startswith("We know.\n\ngardener: event-serialization-format, other\n\n<!--")
    assert edit.body.count("- [ ] `failing-test-regression-P1-c") == 3
    assert f"{causes[0].name}: listed in #7" in plan.notes
    kept = umbrella(body=edit.body)
    assert styled(*causes, known=(kept,), settings="", **at(2)).actions == ()
    (less,) = styled(causes[0], known=(kept,), settings="", **at(3)).actions
    assert (less.body.count("- [ ]"), less.body.count("- [x]")) == (1, 2)
    partial = styled(causes[0], known=(kept,), settings="", complete=False, **at(3))
    assert partial.actions == ()


def test_settings_name_an_issue_that_adopts():
    settings = "[tool.gardener.github.adopt]\nevent-serialization-format = 7\nutcnow = 9\n"
    plan = styled(make_finding(), known=(umbrella(body=""),), settings=settings, **at(1))
    (edit,) = plan.actions
    assert (edit.number, edit.labels) == (7, None)
    assert plan.notes == (f"{make_finding().name}: listed in #7",)


@pytest.mark.parametrize(
    ("known", "said"),
    [((), "#7: not found, so it adopts nothing"), ((False,), "#7: closed, so it adopts nothing")],
)
def test_an_issue_that_the_settings_name_and_that_adopts_nothing_is_told(known, said):
    settings = "[tool.gardener.github.adopt]\nevent-serialization-format = 7\n"
    issues = tuple(umbrella(body="", open=is_open) for is_open in known)
    plan = styled(make_finding(), known=issues, settings=settings, **at(1))
    assert isinstance(plan.actions[0], CreateIssue)
    assert said in plan.notes


@pytest.mark.parametrize(
    "changes",
    [
        {"is_of_member": False},
        {"open": False},
        {"body": "gardener: utcnow"},
        {"body": "I quote `gardener: event-serialization-format`."},
        {"body": "> gardener: event-serialization-format"},
        {"body": "Write it so:\r\n```yaml\r\ngardener: event-serialization-format\r\n```\r\n"},
        {"body": "~~~~\ngardener: event-serialization-format"},
    ],
    ids=str,
)
def test_who_may_not_adopt(changes):
    (created,) = styled(make_finding(), known=(umbrella(**changes),), settings="", **at(1)).actions
    assert isinstance(created, CreateIssue)


def test_a_cause_that_has_an_issue_keeps_it():
    (created,) = styled(make_finding(), settings="", **at(1)).actions
    own = Issue(number=3, title=created.title, body=created.body, author=ME, labels=("gardener",))
    plan = styled(make_finding(), known=(own, umbrella()), settings="", **at(2))
    assert plan.actions == ()
