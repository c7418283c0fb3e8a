"""Runs a codemod over a text as `gardener fix` does."""

from pathlib import Path

import pytest

from gardener.codemod.candidates import candidates
from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.project import Project
from gardener.config import Codemods, Config


class Outcome:
    def __init__(self, mended):
        self.before = mended.before.decode()
        self.after = mended.after.decode()
        self.changed = mended.before != mended.after
        self.remarks = [remark for _, remark in mended.remarks]
        self.notes = "\n".join(f"{r.line}: {r.message}" for r in self.remarks)


@pytest.fixture
def run(tmp_path):
    """run(name, text, **settings) -> Outcome; `files` are other files of the project."""

    def call(name, text, *, path="example.py", files=None, unsafe=False, reports=(), **settings):
        for other, content in (files or {}).items():
            (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / other).write_text(content)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / path).write_bytes(data)
        config = Config(Path(tmp_path), codemods=Codemods(**settings))
        project = Project(Path(tmp_path), config, unsafe=unsafe, reports=reports)
        codemod = discover(config)[name]
        chosen = candidates(data, path, [codemod], project)
        return Outcome(mend(data, path, chosen, project))

    return call
