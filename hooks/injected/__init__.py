"""Files that run inside the user's pytest, beside `hooks/recorder.py`: standard library only."""

from __future__ import annotations

from pathlib import Path

PLUGIN = ("recorder", "tracer", "executed", "places", "lives", "monitoring", "profiling")
"""The files of the plugin that reports and records, which import each other."""


def source(name: str) -> bytes:
    """The text of an injected module, to be written where the user's interpreter finds it."""
    here = Path(__file__).parent
    folder = here.parent if name == "recorder" else here
    return (folder / f"{name}.py").read_bytes()


def plugin_files() -> dict[str, bytes]:
    """The plugin's files, by the names under which they import each other."""
    return {f"gardener_{name}.py": source(name) for name in PLUGIN}
