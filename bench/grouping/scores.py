"""How well a grouping fits the labels: the usual external measures of a clustering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from math import comb, log
from typing import NamedTuple


class Score(NamedTuple):
    """All between 0 and 1, but for adjusted Rand, which may be negative; 1 is best."""

    homogeneity: float
    completeness: float
    v_measure: float
    adjusted_rand: float
    b_cubed: float


def _entropy(counts: Sequence[int], total: int) -> float:
    return -sum(n / total * log(n / total) for n in counts if n)


def score(labels: Sequence[Hashable], groups: Sequence[Hashable]) -> Score:
    """Compare groups with labels, item by item."""
    total = len(labels)
    pairs = Counter(zip(labels, groups, strict=True))
    by_label, by_group = Counter(labels), Counter(groups)
    of_labels = _entropy(list(by_label.values()), total)
    of_groups = _entropy(list(by_group.values()), total)
    mixed = -sum(n / total * log(n / by_group[g]) for (_, g), n in pairs.items())
    split = -sum(n / total * log(n / by_label[x]) for (x, _), n in pairs.items())
    homogeneity = 1.0 if of_labels == 0 else 1 - mixed / of_labels
    completeness = 1.0 if of_groups == 0 else 1 - split / of_groups
    total_score = homogeneity + completeness
    v_measure = 2 * homogeneity * completeness / total_score if total_score else 0.0
    together = sum(comb(n, 2) for n in pairs.values())
    labelled = sum(comb(n, 2) for n in by_label.values())
    grouped = sum(comb(n, 2) for n in by_group.values())
    chance = labelled * grouped / comb(total, 2) if total > 1 else 0.0
    most = (labelled + grouped) / 2
    rand = 1.0 if most == chance else (together - chance) / (most - chance)
    precision = sum(n * n / by_group[g] for (_, g), n in pairs.items()) / total
    recall = sum(n * n / by_label[x] for (x, _), n in pairs.items()) / total
    b_cubed = 2 * precision * recall / (precision + recall)
    return Score(homogeneity, completeness, v_measure, rand, b_cubed)


def mean(scores: Sequence[Score]) -> Score:
    """The mean of each measure."""
    return Score(*(sum(column) / len(scores) for column in zip(*scores, strict=True)))
