"""Texts under the bot's own login that look like its own: none is believed, edited or deleted."""

import json
import re
from pathlib import Path

import pytest
from botcases import make_diagnosis, make_finding, make_report
from gardener.bot.content import comment, issue_text, marker
from gardener.bot.content.actions import CreateComment, CreateIssue, Issue, Posted
from gardener.bot.content.suggestions import keys_of
from gardener.bot.plan_comment import extras, marked_by, plan_comment
from gardener.bot.plan_issues import numbers, plan

from gardener.config import Config

ME, HEAD, CONFIG = "github-actions[bot]", "a" * 40, Config(Path("/nonexistent"))
REPORT = make_report(make_finding())
RED = comment.render(REPORT, make_diagnosis(make_finding()), comment.Setting(head=HEAD))
LINE, _, REST = RED.partition("\n")
FACTS = json.loads(LINE[len("<!-- gardener:comment ") : -len(" -->")])


def signed(text="\n", **changes):
    """A marker with these facts, and a text below."""
    return f"<!-- gardener:comment {json.dumps({**FACTS, **changes})} -->\n{text}"


LATE = signed(REST, attempt=999, body="0" * 16)
FORGED = {
    "another hash": LATE,
    "an empty text": signed(""),
    "a word less": RED.replace(" regression", "", 1),
    "a word more": RED + "more",
    "a line more": RED + "\nPosted by size-limit.",
    "a line before": "Hello\n" + RED,
    "an empty line before": "\n" + RED,
    "a space before": " " + RED,
    "a mark of byte order before": "\ufeff" + RED,
    "a zero width space before": "\u200b" + RED,
    "a quotation": "\n".join(f"> {line}" for line in RED.split("\n")),
    "a code block": f"```\n{RED}\n```",
    "an indented block": "\n".join(f"    {line}" for line in RED.split("\n")),
    "a list": f"- {RED}",
    "a heading": f"# {RED}",
    "a fold": f"<details>\n{RED}\n</details>",
    "a comment around it": f"<!--\n{RED}\n-->",
    "twice": RED + "\n" + RED,
    "two markers on a line": LINE + LINE + "\n" + REST,
    "two markers": LINE + "\n" + LINE + "\n" + REST,
    "a second one below": RED + '\n<!-- gardener:comment {"head":"x"} -->',
    "one of an issue below": RED + '\n<!-- gardener:issue {"fingerprint":"1:a"} -->',
    "one with other spaces below": RED + '\n<!--\tgardener:comment {"head":"x"}-->',
    "no marker": REST,
    "a marker alone": LINE,
    "the name in capitals": RED.replace("gardener:comment", "gardener:COMMENT", 1),
    "another kind": RED.replace("gardener:comment", "gardener:issue", 1),
    "another tool": RED.replace("gardener:comment", "gardner:comment", 1),
    "another dash": RED.replace("<!--", "<!\u2010-", 1),
    "no JSON": re.sub(r"\{.*?\}", "{head}", RED, count=1),
    "a list for facts": re.sub(r"\{.*?\}", "[]", RED, count=1),
    "JSON without an end": re.sub(r"\{.*?\}", "{" * 5_000, RED, count=1),
    "deep JSON": re.sub(r"\{.*?\}", '{"a":' * 5_000 + "1" + "}" * 5_000, RED, count=1),
    "facts of another kind": signed(REST, attempt="999"),
    "a number for the hash": signed(REST, body=0),
    "no hash and another shape": signed("### Bundle size\n\n12 kB", body=""),
    "no hash and the shape further below": signed("Hi\n\n### 1 cause\n\nHead `a`.", body=""),
    "no hash and green in a sentence": signed("I say **gardener:** all green", body=""),
    "a NUL": RED.replace("\n", "\0\n", 1),
    "a line separator": RED.replace("\n", "\u2028", 1),
}


def test_the_real_one_is_believed():
    assert comment.recognize(RED)
    assert plan_comment([Posted(1, ME, RED.replace("\n", "\r\n") + "  ")], RED, ME).actions == ()


@pytest.mark.parametrize("body", FORGED.values(), ids=FORGED)
def test_a_forged_comment_silences_nothing_and_is_left_alone(body):
    forged = Posted(1, ME, body)
    assert marked_by([forged]) == set()
    assert plan_comment([forged], RED, ME).actions == (CreateComment(RED),)
    assert extras([forged, Posted(2, ME, RED), Posted(3, ME, body)], ME) == ()
    assert plan_comment([forged, Posted(2, ME, RED)], RED, ME).actions == ()


BODY = next(
    action.body
    for action in plan(REPORT, make_diagnosis(make_finding()), (), ME, CONFIG).actions
    if isinstance(action, CreateIssue)
)
FIRST = BODY.partition("\n")[0]
FORGED_ISSUES = {
    "a marker alone": FIRST,
    "a quotation": "\n".join(f"> {line}" for line in BODY.split("\n")),
    "an indented block": "\n".join(f"    {line}" for line in BODY.split("\n")),
    "a list": f"- {BODY}",
    "two of them": f"{BODY}\n{BODY}",
    "a second marker": f"{BODY}\n{FIRST}",
    "a comment's marker too": f"{BODY}\n{LINE}",
    "facts that do not end": BODY.partition("<!-- gardener:end -->")[0],
    "facts that do not begin": BODY.replace("<!-- gardener:begin -->\n", ""),
    "words between": BODY.replace("<!-- gardener:begin -->", "x\n<!-- gardener:begin -->"),
    "no fingerprint": BODY.replace('"fingerprint"', '"fingerprints"', 1),
    "no JSON": re.sub(r"\{.*?\}", "{x}", BODY, count=1),
}


@pytest.mark.parametrize("body", FORGED_ISSUES.values(), ids=FORGED_ISSUES)
def test_a_forged_issue_is_not_ours(body):
    assert issue_text.recognize(BODY)
    forged = Issue(number=7, title="x", body=body, author=ME, labels=("gardener",))
    planned = plan(REPORT, make_diagnosis(make_finding()), (forged,), ME, CONFIG)
    assert [type(action) for action in planned.actions] == [CreateIssue]
    assert numbers((forged,), ME, CONFIG) == {}


def test_a_whole_forged_issue_of_another_author_is_not_ours():
    forged = Issue(number=7, title="x", body=BODY, author="mallory", labels=("gardener",))
    planned = plan(REPORT, make_diagnosis(make_finding()), (forged,), ME, CONFIG)
    assert [type(action) for action in planned.actions] == [CreateIssue]


def test_what_an_error_says_forges_no_marker_of_ours():
    words = "\n".join([LINE, FIRST, "<!-- gardener:end -->", "<!-- gardener:adopted:end -->"])
    finding = make_finding(message=words, title=words, slug="forged")
    red = make_report(finding)
    body = comment.render(red, make_diagnosis(finding), comment.Setting(head=HEAD))
    assert comment.recognize(body)
    assert body.count("<!-- gardener:") == 1
    planned = plan(red, make_diagnosis(finding), (), ME, CONFIG)
    (created,) = (action for action in planned.actions if isinstance(action, CreateIssue))
    assert created.body.count("<!-- gardener:") == 3
    assert issue_text.recognize(created.body)


def test_a_suggestion_that_is_quoted_is_none_of_ours():
    from gardener.bot.content.suggestions import Key

    line = marker.write("suggestion", Key("abc"))
    assert (
        keys_of([f"> {line}\n", f"Look:\n{line}", f"{line}\n{line}", line.upper()]) == frozenset()
    )
