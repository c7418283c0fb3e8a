"""Warnings are written at once, and then only counted."""

import json
import warnings

from gardener.hooks.plugin.repository import Repository
from gardener.hooks.plugin.stream import Stream
from gardener.hooks.plugin.warning_counts import WarningCounts


def warned(message, category=DeprecationWarning, line=3):
    return warnings.WarningMessage(category(message), category, "app.py", line)


def test_counts(tmp_path):
    (tmp_path / "app.py").touch()
    counts = WarningCounts(
        Repository(str(tmp_path), str(tmp_path), []), Stream(str(tmp_path / "stream"), "")
    )

    def written():
        [path] = (tmp_path / "stream").iterdir()
        events = map(json.loads, path.read_text().splitlines())
        return [(e["category"], e["message"], e["line"], e["when"], e["n"]) for e in events]

    old, new = ("DeprecationWarning", "old", 3, "runtest"), ("UserWarning", "new", 5, "collect")
    counts.flush(now=True)
    for _ in range(3):
        counts.add(warned("old"), "runtest")
    counts.add(warned("new", UserWarning, 5), "collect")
    assert written() == [(*old, 1), (*new, 1)]
    counts.flush()  # the second is not over
    assert len(written()) == 2
    counts.flush(now=True)
    assert written()[2:] == [(*old, 2)]
    counts.flush(now=True)
    assert len(written()) == 3
