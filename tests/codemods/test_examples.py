"""The examples that every codemod carries are true."""

from pathlib import Path

import pytest

from gardener.codemod.discovery import discover
from gardener.codemod.trial import faults
from gardener.config import Config

KNOWN = discover(Config(Path(__file__).parent))
CASES = [(c.name, e) for c in KNOWN.values() for e in c.examples]


@pytest.mark.parametrize(("name", "example"), CASES, ids=[f"{n}: {e.title}" for n, e in CASES])
def test_example(name, example):
    assert not list(faults(KNOWN[name], example))


def test_every_codemod_shows_a_change_and_something_left_alone():
    assert set(KNOWN) >= {"utcnow"}
    for codemod in KNOWN.values():
        changes = any(e.after is not None for e in codemod.examples)
        assert changes is ("Nothing changes" not in codemod.explanation), codemod.name
        assert any(e.after is None for e in codemod.examples), codemod.name
