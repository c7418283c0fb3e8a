"""Files that run inside the user's pytest, beside `hooks/recorder.py`: standard library only."""

from __future__ import annotations

from pathlib import Path


def source(name: str) -> bytes:
    """The text of an injected module, to be written where the user's interpreter finds it."""
    here = Path(__file__).parent
    folder = here.parent if name == "recorder" else here
    return (folder / f"{name}.py").read_bytes()
