"""The page as a whole: its order, its head with the policy, and what it is made from."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from gardener.model import Diagnosis, Report
from gardener.render.html.causes import causes
from gardener.render.html.elements import Markup, data, tag, text
from gardener.render.html.facts import Extras, PatchPreview
from gardener.render.html.summary import head_line, next_steps, summary
from gardener.render.html.tests import durations, explorer, tests_data
from gardener.render.html.warnings import warnings
from gardener.render.html.why import why, why_data

__all__ = ["Extras", "PatchPreview", "render"]

_FOLDER = Path(__file__).parent
_SECTIONS = (
    ("next", "Next"),
    ("causes", "Causes"),
    ("why", "Why these tests"),
    ("durations", "Durations"),
    ("warnings", "Warnings"),
    ("tests", "All tests"),
)


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _policy() -> str:
    """What the browser may do with this page: run this script, use this style, nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(_asset('page.js'))}",
            f"style-src {_hash(_asset('page.css'))}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def render(report: Report, diagnosis: Diagnosis, extras: Extras | None = None) -> str:
    """The page of a run; `extras` are what only the repository around it knows."""
    extras = extras or Extras()
    title = head_line(report, diagnosis)
    parts = {
        "next": next_steps(report, diagnosis),
        "causes": causes(report, diagnosis, extras),
        "why": why(report),
        "durations": durations(report),
        "warnings": warnings(report, diagnosis, extras),
        "tests": explorer(report),
    }
    links = [tag("a", label, href=f"#{id_}") for id_, label in _SECTIONS if parts[id_]]
    body = tag(
        "body",
        tag("a", "To the causes", href="#causes", class_="skip"),
        tag("header", summary(report, diagnosis), tag("nav", *links, aria_label="Sections")),
        tag("main", *(parts[id_] for id_, _ in _SECTIONS)),
        tag("p", id="said", class_="unseen", role="status"),
        data("tests-data", tests_data(report, diagnosis)),
        data("why-data", why_data(report)),
        Markup(f"<script>{_asset('page.js')}</script>"),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", text(title, 200)),
        Markup(f"<style>{_asset('page.css')}</style>"),
    )
    return "<!doctype html>\n" + tag("html", head, "\n", body, lang="en") + "\n"
