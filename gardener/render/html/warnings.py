"""The warnings, grouped: deprecations each by its own name with files, then all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gardener.model import Diagnosis, Finding, Report, WarningCount
from gardener.render.html.elements import Markup, command, joined, prose, tag, text
from gardener.render.html.evidence import patch_preview
from gardener.render.html.facts import Extras
from gardener.text import count

PLACES_SHOWN = 30
OTHERS_SHOWN = 200


def warnings(report: Report, diagnosis: Diagnosis, extras: Extras) -> Markup:
    """All warnings of the run."""
    if not report.warnings:
        return Markup("")
    total = sum(warning.count for warning in report.warnings)
    parts: list[str] = [tag("h2", count(total, "warning"))]
    parts += [_deprecation(finding, extras) for finding in diagnosis.deprecations]
    if diagnosis.other_warnings:
        parts.append(_others(diagnosis.other_warnings))
    return tag("section", *parts, id="warnings")


def _times(warnings: Iterable[WarningCount]) -> int:
    return sum(warning.count for warning in warnings)


def _deprecation(finding: Finding, extras: Extras) -> Markup:
    title = tag("h3", text(finding.title, 300))
    meta = f"{count(_times(finding.warnings), 'time')} · {finding.name}"
    parts: list[str] = [_places(finding.warnings)]
    if finding.codemod:
        parts.append("" if finding.fix else tag("p", "If it applies:"))
        parts.append(command(finding.fix_command))
    elif finding.next_step:
        parts.append(tag("p", prose(finding.next_step)))
    patch = extras.patches.get(finding.fingerprint)
    if patch:
        parts.append(patch_preview(patch))
    head = tag("summary", tag("span", "deprecated", class_="badge"), " ", title,
               tag("span", text(meta, 300), class_="meta"))  # fmt: skip
    return tag("details", head, tag("div", *parts, class_="body"), class_="cause deprecated")


def _places(warnings: Iterable[WarningCount]) -> Markup:
    places: Counter[str] = Counter()
    for warning in warnings:
        places[f"{warning.file}:{warning.line}"] += warning.count
    items = [
        tag("li", tag("code", text(place, 300)), f" {count(number, 'time')}")
        for place, number in places.most_common(PLACES_SHOWN)
    ]
    beyond = len(places) - len(items)
    rest = tag("p", f"and {beyond:,} more places") if beyond > 0 else ""
    return joined((tag("ul", *items, class_="tests"), rest))


def _others(warnings: Iterable[WarningCount]) -> Markup:
    """All that is no deprecation, by its category and text."""
    groups: dict[tuple[str, str], list[WarningCount]] = {}
    for warning in warnings:
        groups.setdefault((warning.category, warning.message), []).append(warning)
    ordered = sorted(groups.items(), key=lambda item: -_times(item[1]))
    rows = [
        tag(
            "tr",
            tag("td", text(category, 100)),
            tag("td", text(message, 300)),
            tag("td", f"{_times(group):,}", class_="count"),
            tag("td", tag("code", text(f"{group[0].file}:{group[0].line}", 200)),
                f" and {len(group) - 1} more" if len(group) > 1 else ""),
        )
        for (category, message), group in ordered[:OTHERS_SHOWN]
    ]  # fmt: skip
    heads = (tag("th", word, scope="col") for word in ("Category", "Text", "Times", "Where"))
    table = tag(
        "table",
        tag("caption", "Other warnings"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
    )
    beyond = len(ordered) - OTHERS_SHOWN
    return joined((table, tag("p", f"and {beyond:,} more kinds") if beyond > 0 else ""))
