"""The team's own style: labels by rule, and the issue that adopts a cause."""

from __future__ import annotations

from gardener.config import Config
from gardener.diagnosis.priority import applies, subject
from gardener.model import Priority

from .subject import Subject


def labels_of(about: Subject, config: Config) -> tuple[str, ...]:
    """The labels of its issue: priority, type, area, those of the rules that apply, ours."""
    settings = config.github
    by_priority: dict[str, str] = dict(zip(Priority, settings.priority_labels, strict=False))
    ranked = (by_priority.get(about.priority, ""), settings.type_label, settings.area_label)
    ruled = [
        label
        for rule in settings.labels
        if any(applies(rule, subject(f.category, f.failures), config) for f in about.findings)
        for label in rule.labels
    ]
    return tuple(dict.fromkeys(label for label in (*ranked, *ruled, settings.label) if label))
