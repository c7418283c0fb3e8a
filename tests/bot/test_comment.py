"""The comment: what it says first, what it folds, what it leaves out, and when it is silent."""

import re

import pytest
from botcases import Page, make_diagnosis, make_finding, make_report
from gardener.bot.content import comment, text
from gardener.bot.content.actions import CreateComment, DeleteComment, EditComment, Posted
from gardener.bot.content.comment import Setting
from gardener.bot.content.compared import Compared
from gardener.bot.plan_comment import extras, plan_comment

from gardener.model import AreaState, Diagnosis, Result


def rendered(*findings, setting=None, **changes):
    report = make_report(*findings, passed=("tests/t.py::ok",), **changes)
    return comment.render(report, make_diagnosis(*findings), setting)


def test_the_verdict_comes_first_and_regressions_before_the_rest():
    body = rendered(
        make_finding("old", ("t.py::a",), status="pre-existing"),
        make_finding("loose", ("t.py::b",), status="flaky"),
        make_finding("fresh", ("t.py::c",), status="new"),
        make_finding("broken", ("t.py::d", "t.py::e"), status="regression"),
        setting=Setting(compared=Compared(at="b" * 40, origin="b" * 40, how="run")),
    )
    lines = body.splitlines()
    assert lines[1] == "### 1 regression · 1 new failure · 2 unrelated"
    assert lines[3] == "Head `aaaaaaaaaa` compared with base `bbbbbbbbbb`."
    assert lines[5] == "5 failing tests → 4 causes (of 6 tests that ran)."
    names = re.findall(r"^\| .*?`(failing-test-\S+)`", body, re.MULTILINE)
    assert [n.rsplit("-", 1)[-1] for n in names] == ["broken", "fresh", "old", "loose"]
    assert body.index("<details>") < body.index("`failing-test-pre-existing-P1-old`")


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["regression", "regression", "flaky"], "2 regressions · 1 unrelated"),
        (["new", "new"], "2 new failures"),
        (["unknown"], "1 cause of unknown origin"),
        (["active-dev", "pre-existing"], "1 failure in tests changed here · 1 unrelated"),
    ],
)
def test_verdicts(statuses, said):
    findings = [make_finding(f"s{n}", (f"t.py::t{n}",), status=s) for n, s in enumerate(statuses)]
    assert comment.verdict(make_report(*findings), make_diagnosis(*findings)) == said


HEAD, AT, ORIGIN = "a" * 40, "1" * 40, "2" * 40


@pytest.mark.parametrize(
    ("compared", "said"),
    [
        (None, "Head `aaaaaaaaaa`; no run of the base to compare with."),
        (
            Compared(at=AT, origin=AT, how="run"),
            "Head `aaaaaaaaaa` compared with base `1111111111`.",
        ),
        (Compared(how="run"), "Head `aaaaaaaaaa` compared with base (commit unknown)."),
        (
            Compared(at=AT, origin=ORIGIN, distance=1, how="run"),
            "Head `aaaaaaaaaa` compared with `1111111111`, 1 commit before base `2222222222`, which has no run.",
        ),
        (
            Compared(at=AT, origin=AT, how="tried"),
            "Head `aaaaaaaaaa`; what failed was run again on base `1111111111`.",
        ),
        (
            Compared(origin=ORIGIN),
            "Head `aaaaaaaaaa`; no run to compare with: base `2222222222` and the 20 commits before it have none.",
        ),
        (
            Compared(at="<h1>", origin="@x", how="run"),
            "Head `aaaaaaaaaa` compared with base (commit unknown).",
        ),
    ],
    ids=str,
)
def test_what_it_was_compared_with_is_said(compared, said):
    body = rendered(make_finding(), setting=Setting(head=HEAD, compared=compared))
    assert body.splitlines()[3] == said


@pytest.mark.parametrize(
    ("changes", "setting", "said"),
    [
        ({"complete": False}, Setting(), "the run did not finish"),
        ({"internal_error": "boom"}, Setting(), "pytest crashed (INTERNALERROR)"),
        ({"exit_status": 4}, Setting(), "the run failed, but its report names no failing test"),
        ({}, Setting(failed=True), "the run failed, but its report names no failing test"),
        ({"results": (Result("t.py::x", "unfinished"),)}, Setting(), "names no failing test"),
    ],
)
def test_a_report_without_findings_is_not_green_when_the_run_was_not(changes, setting, said):
    body = rendered(setting=setting, **changes)
    assert said in body
    assert "all green" not in body


def test_unknown_is_folded_but_not_where_there_is_nothing_else():
    unknown = make_finding("odd", ("t.py::a",), status="unknown")
    alone = rendered(unknown)
    assert alone.index("| ⚪") < alone.index("<details>")
    assert alone.count("of unknown origin") == 1
    both = rendered(unknown, make_finding("bad", ("t.py::b",)))
    assert "<details><summary>1 cause of unknown origin</summary>" in both
    assert both.index("regression-P1-bad") < both.index("unknown-P1-odd")


def test_green_is_one_line():
    body = rendered()
    assert body.splitlines()[1:] == ["**gardener:** all green at `aaaaaaaaaa`, 1 test passed."]


def test_details_tell_how_to_reproduce_and_mend():
    finding = make_finding("utc", ("a b/test_x.py::t[x-'y']",), codemod="utcnow")
    body = rendered(finding)
    assert """python -m pytest 'a b/test_x.py::t[x-'"'"'y'"'"']'""" in body
    assert "gardener fix --only utcnow 'a b/test_x.py'" in body
    assert "E   AssertionError: 'AGENT' != 'agent'" in body
    assert "**Next:**" not in body  # the codemod is what to do next
    assert "- **Why one cause:** same statement" in rendered(make_finding())


def test_details_end_with_the_next_step_and_say_nothing_twice():
    one = make_finding(tests=("t.py::a",), title="AssertionError: 'AGENT' != 'agent'")
    body = rendered(one)
    fold = body.partition("<details>")[2].partition("</details>")[0].rstrip()
    assert fold.endswith("**Next:** Send `type.value`.")
    assert "What is wrong" not in fold
    assert "Why one cause" not in fold
    assert fold.count("t.py::a") == 1


def test_the_issue_of_a_cause_is_linked_by_any_of_its_fingerprints():
    finding = make_finding(aliases=("0:old",))
    assert "| #7 |" in rendered(finding, setting=Setting(issues={"0:old": 7}))
    assert "#" not in rendered(finding).split("|---")[1].split("<details>")[0]


@pytest.mark.parametrize("many", [1, 50, 400, 10_000])
@pytest.mark.parametrize("status", ["regression", "pre-existing"])
def test_whatever_comes_in_it_fits_and_what_is_left_out_is_counted(many, status):
    findings = [
        make_finding(f"slug-{n}", (f"tests/t.py::test_{n}_" + "x" * 80,), status=status)
        for n in range(many)
    ]
    setting = Setting(run_url="https://github.example/o/r/actions/runs/1")
    body = rendered(*findings, setting=setting)
    assert text.size(body) <= text.LIMIT
    page = Page(body)
    assert page.names().count("details") == body.count("</details>")
    rows = len(re.findall(rf"^\| \S+\s{status} \|", body, re.MULTILINE))
    left = re.search(r"_([\d,]+) more causes? left out here._", body)
    assert rows + (int(left[1].replace(",", "")) if left else 0) == many
    assert setting.run_url in body


def test_a_finding_with_thousands_of_tests_shows_some_and_counts_the_rest():
    finding = make_finding(tests=tuple(f"tests/t.py::test_{n}" for n in range(3_000)))
    assert "- and 2,980 more" in rendered(finding)


ME = "github-actions[bot]"
RED = rendered(make_finding())
GREEN = rendered()


def test_no_comment_on_a_pull_request_that_was_never_red():
    assert plan_comment([], GREEN, ME).actions == ()


def test_the_first_red_run_comments_and_green_edits_it():
    assert plan_comment([], RED, ME).actions == (CreateComment(RED),)
    assert plan_comment([Posted(5, ME, RED)], GREEN, ME).actions == (EditComment(5, GREEN),)


def test_an_unchanged_body_makes_no_call():
    posted = Posted(5, ME, RED.replace("\n", "\r\n").rstrip())
    assert plan_comment([posted], RED, ME).actions == ()


def test_a_forged_marker_in_anothers_comment_is_not_ours():
    assert plan_comment([Posted(1, "mallory", RED)], GREEN, ME).actions == ()
    assert plan_comment([Posted(1, "mallory", RED)], RED, ME).actions == (CreateComment(RED),)


def test_a_comment_of_ours_without_the_marker_is_not_ours():
    assert plan_comment([Posted(1, ME, "hello")], RED, ME).actions == (CreateComment(RED),)


def test_the_lowest_id_wins_a_race():
    posted = [Posted(9, ME, RED), Posted(4, ME, RED)]
    assert plan_comment(posted, RED, ME).actions == (DeleteComment(9),)


def test_an_earlier_attempt_on_the_same_commit_does_not_overwrite_a_later_one():
    later = rendered(make_finding(), attempt=2)
    assert plan_comment([Posted(4, ME, later)], GREEN, ME).actions == ()


def test_deprecations_are_one_line_with_the_command():
    from gardener.model import WarningCount

    warned = make_finding(
        "utcnow",
        (),
        kind="deprecated",
        codemod="utcnow",
        warnings=(WarningCount("DeprecationWarning", "utcnow", "app/x.py", 3, 12),),
    )
    report = make_report(make_finding())
    body = comment.render(report, Diagnosis((make_finding(),), (warned,)))
    assert "12 deprecation warnings of 1 kind; fix them with `gardener fix --only utcnow`" in body


# --- whose text it is


@pytest.mark.parametrize(
    "quote",
    [
        "A report says:\n{}",
        "> {}",
        "{}\nand more, by another workflow",
        "```\n{}\n```",
        "{}\n{}",
    ],
)
def test_a_text_of_our_author_that_quotes_one_of_ours_is_not_ours(quote):
    other = Posted(1, ME, quote.replace("{}", RED))
    assert plan_comment([other], RED, ME).actions == (CreateComment(RED),)
    ours = Posted(2, ME, RED)
    assert plan_comment([ours, other], RED, ME).actions == ()
    assert plan_comment([other, ours], GREEN, ME).actions == (EditComment(2, GREEN),)


@pytest.mark.parametrize(
    "body",
    [
        '<!-- gardener:comment {"head":"HEAD","attempt":999} -->',
        '<!-- gardener:comment {"head":"HEAD","attempt":999} -->\nThanks for the change!',
        '<!-- gardener:comment {"head":"HEAD","attempt":999} -->\n### Bundle size\n\n12 kB',
        '<!-- gardener:comment {"head":"HEAD","body":"0"} -->\n### 1 regression\n\nHead `a`.',
    ],
)
def test_a_forged_marker_silences_nothing(body):
    forged = Posted(1, ME, body.replace("HEAD", "a" * 40))
    assert plan_comment([forged], RED, ME).actions == (CreateComment(RED),)
    assert extras([forged, Posted(2, ME, RED)], ME) == ()


# --- how much of it stands open


def open_rows(body):
    """The rows of tables outside of every fold."""
    depth, rows = 0, []
    for line in body.splitlines():
        depth += line.count("<details>") - line.count("</details>")
        if line.startswith("| ") and "`failing-test" in line and depth == 0:
            rows.append(line)
    return rows


def test_a_wide_run_fits_a_screen_and_shows_what_mends_most():
    many = [
        make_finding(f"c{n}", tuple(f"t.py::{n}_{i}" for i in range(n % 7 + 1)), status="unknown")
        for n in range(148)
    ]
    body = rendered(*many)
    rows = open_rows(body)
    assert len(rows) == 10
    assert all("| 7 |" in row for row in rows)
    assert "<details><summary>138 more causes of unknown origin</summary>" in body
    outside = re.sub(r"(?s)<details>.*?</details>", "", body)
    assert len([line for line in outside.splitlines() if line]) < 60


def test_what_the_pull_request_brought_stands_before_all_others():
    own = [make_finding(f"own{n}", (f"t.py::o{n}",), status="regression") for n in range(30)]
    old = [make_finding(f"old{n}", (f"t.py::x{n}",), status="pre-existing") for n in range(60)]
    body = rendered(*old, *own)
    rows = open_rows(body)
    assert len(rows) == 20
    assert all("own" in row for row in rows)
    assert "<details><summary>10 more causes brought by this pull request</summary>" in body
    assert "<details><summary>60 causes not brought by this pull request</summary>" in body


def test_a_crash_and_a_changed_environment_are_said_above_the_table():
    finding = make_finding(status="unknown", environment="httpx 0.27.2 -> 0.28.1")
    body = rendered(finding, internal_error="INTERNALERROR> boom | @org")
    top = body[: body.index("| Cause |")].splitlines()
    (said,) = (line for line in top if line.startswith("⚠️"))
    assert said == (
        "⚠️ pytest crashed, and said <code>INTERNALERROR&#62; boom &#124; &#64;&#8203;org</code>; "
        "`httpx 0.27.2 -> 0.28.1` since the run of the base (1 cause)."
    )


# --- the team's own form


def test_a_template_of_the_team_is_filled_and_still_fits():
    template = "{verdict}\n\n> Ask in #help-ci.\n\n{causes}\n" + "-" * 3_000
    findings = [make_finding(f"c{n}", (f"t.py::{n}{'x' * 900}",)) for n in range(90)]
    body = rendered(*findings, setting=Setting(template=template))
    assert body.splitlines()[1:5] == ["### 90 regressions", "", "> Ask in #help-ci.", ""]
    assert body.endswith("-" * 3_000 + "\n")
    assert "compared" not in body
    assert text.size(body) <= text.LIMIT
    assert plan_comment([Posted(1, ME, body)], body, ME).actions == ()


def test_a_template_around_the_whole_comment():
    body = rendered(make_finding(), setting=Setting(template="{comment}\n\nOur runbook: {verdict}"))
    plain = rendered(make_finding())
    assert body.partition("\n")[2].startswith(plain.partition("\n")[2].rstrip())
    assert body.endswith("Our runbook: ### 1 regression\n")


def test_the_state_of_areas_stands_above_the_table():
    states = (AreaState("Golden Path", 1, 8), AreaState("Checkout", 0, 1_200), AreaState("A|b", 2))
    diagnosis = Diagnosis((make_finding(),), areas=states)
    body = comment.render(make_report(make_finding()), diagnosis)
    line = "Golden Path: 1 of 8 failing · Checkout: all 1,200 pass · A&#124;b: 2 failing"
    assert line in body[: body.index("| Cause |")].splitlines()
