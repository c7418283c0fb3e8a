"""The plugin that is injected into the user's pytest: standard library only, Python 3.8+."""

from __future__ import annotations

from pathlib import Path

PLUGIN = ("recorder", "tracer", "executed", "lazy_init", "lifetimes", "monitoring", "profiling")
"""The files of the plugin that reports and records, which import each other."""


def source(name: str) -> bytes:
    """The text of an injected module, to be written where the user's interpreter finds it."""
    return (Path(__file__).parent / f"{name}.py").read_bytes()


def plugin_files() -> dict[str, bytes]:
    """The plugin's files, by the names under which they import each other."""
    return {f"gardener_{name}.py": source(name) for name in PLUGIN}
