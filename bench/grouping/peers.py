"""Simple re-implementations of how other tools group failures, to be compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gardener.nodeid import without_parameters

_MASK = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}|\d+|(?:/[\w.-]+)+")


def _masked(text: str) -> str:
    return _MASK.sub("%", text)


def by_test(failures: Sequence) -> list:
    """One group a test function: what a plain list of failures is."""
    return [without_parameters(failure.nodeid) for failure in failures]


def by_message(failures: Sequence) -> list:
    """The idea of LUCI Analysis: hash of the failure reason, digits and ids masked."""
    return [f"{f.type}: {_masked(f.message.partition(chr(10))[0])}" for f in failures]


def by_distance(failures: Sequence) -> list:
    """The idea of Kubernetes triage: texts whose edit distance is under 10 % are one."""
    representatives: list[str] = []
    groups = []
    for failure in failures:
        text = _masked(f"{failure.type}: {failure.message}")[:600]
        for number, representative in enumerate(representatives):
            if _similar(text, representative):
                groups.append(number)
                break
        else:
            groups.append(len(representatives))
            representatives.append(text)
    return groups


def _similar(first: str, second: str) -> bool:
    longest = max(len(first), len(second), 1)
    limit = int(longest * 0.1)
    if first == second:
        return True
    if abs(len(first) - len(second)) > limit or limit == 0:
        return False
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        last, row[0] = row[0], i
        least = i
        for j, b in enumerate(second, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
            least = min(least, row[j])
        if least > limit:
            return False
    return row[-1] <= limit


def by_frames(failures: Sequence) -> list:
    """The idea of Sentry: exception type and the project's frames (file and function)."""
    groups = []
    for failure in failures:
        frames = [frame for frame in failure.frames if frame.origin == "project"]
        frames = frames or [frame for frame in failure.frames if frame.origin == "test"]
        groups.append((failure.type, tuple((frame.file, frame.function) for frame in frames)))
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
