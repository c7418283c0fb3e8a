"""Simple re-implementations of how other tools group failures, to be compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MASK = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}|\d+|(?:/[\w.-]+)+")


def _masked(text: str) -> str:
    return _MASK.sub("%", text)


def by_test(failures: Sequence) -> list:
    """One group a test function: what a plain list of failures is."""
    return [f.nodeid.partition("[")[0] for f in failures]


def by_message(failures: Sequence) -> list:
    """The idea of LUCI Analysis: hash of the failure reason, digits and ids masked."""
    return [f"{f.type}: {_masked(f.message.partition(chr(10))[0])}" for f in failures]


def by_distance(failures: Sequence) -> list:
    """The idea of Kubernetes triage: texts whose edit distance is under 10 % are one."""
    known: list[str] = []
    groups = []
    for failure in failures:
        text = _masked(f"{failure.type}: {failure.message}")[:600]
        for number, other in enumerate(known):
            if _near(text, other):
                groups.append(number)
                break
        else:
            groups.append(len(known))
            known.append(text)
    return groups


def _near(one: str, other: str) -> bool:
    longest = max(len(one), len(other), 1)
    limit = int(longest * 0.1)
    if one == other:
        return True
    if abs(len(one) - len(other)) > limit or limit == 0:
        return False
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        least = i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
            least = min(least, row[j])
        if least > limit:
            return False
    return row[-1] <= limit


def by_frames(failures: Sequence) -> list:
    """The idea of Sentry: exception type and the project's frames (file and function)."""
    groups = []
    for failure in failures:
        own = [f for f in failure.frames if f.origin == "project"] or [
            f for f in failure.frames if f.origin == "test"
        ]
        groups.append((failure.type, tuple((f.file, f.function) for f in own)))
    return groups


def by_deepest(failures: Sequence) -> list:
    """The deepest frame of the repository."""
    groups = []
    for failure in failures:
        frame = failure.crash_frame
        groups.append((frame.file, frame.function) if frame else failure.nodeid)
    return groups


PEERS = {
    "test name": by_test,
    "masked message (LUCI)": by_message,
    "edit distance < 10 % (Kubernetes)": by_distance,
    "in-app frames (Sentry)": by_frames,
    "deepest frame": by_deepest,
}
