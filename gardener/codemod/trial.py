"""Trials of codemods: the examples that they carry, run as `gardener fix` runs over files."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from gardener.codemod.candidates import candidates
from gardener.codemod.engine import mend
from gardener.codemod.file_text import Unparsable
from gardener.codemod.model import Codemod, Example, Mended
from gardener.codemod.project import Project
from gardener.config import Config

_FILE = "example.py"


def faults(codemod: Codemod, example: Example) -> Iterator[str]:
    """What an example says of its codemod that is not so, each as a sentence; none if it is true."""
    try:
        mended = tried(codemod, example)
    except Unparsable as wrong:
        yield f"The text before it {wrong}."
        return
    expected = example.before if example.after is None else example.after
    got = mended.after.decode()
    if got != expected:
        lines = difflib.unified_diff(
            expected.splitlines(), got.splitlines(), "as the example says", "as it is", lineterm=""
        )
        yield "\n".join(("The result is another one:", *lines))
    messages = [remark.message for _, remark in mended.remarks]
    texts = "; ".join(map(repr, messages)) or "nothing"
    if not any(example.note in message for message in messages or [""]):
        yield f"Told is {texts}, not {example.note!r}."
    elif messages and not example.note and got == example.before:
        yield f"It stays as it is, and told is {texts}."


def tried(codemod: Codemod, example: Example) -> Mended:
    """What a codemod makes of an example, alone in a folder with the other files that it names.

    Raises:
        gardener.codemod.file_text.Unparsable: the example is no Python.
    """
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = example.before.encode()
        contents = {name: text.encode() for name, text in example.files.items()}
        for name, content in {**contents, _FILE: data}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        project = Project(folder, Config(folder), unsafe=not codemod.safe)
        return mend(data, _FILE, candidates(data, _FILE, [codemod], project), project)
