"""Which symbols start scripts, kept by the blobs of their files: to look through all takes long."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gardener.errors import GitError
from gardener.git import store
from gardener.model import Symbol
from gardener.paths import write_whole

from .parse.summaries import Summaries
from .parse.summary import VERSION, Strings

_FEW = 300
"""Files that are read one by one, and not looked through as they are stored."""
_MOST_KEPT = 8
"""Sets of names of scripts for which it is kept: branches have their own."""
_SPACES = re.compile(r"[\s;&|]+")
_COMMAND = re.compile(r"(?:^|[;&|]\s*)([\w.-]+)(?=\s|$)")
"""The first words of the commands in a line."""

Starting = dict[str, list[str]]
"""Definitions of a file that start scripts, each with what it says for them."""
_DECODER: msgspec.json.Decoder[dict[str, Starting]] = msgspec.json.Decoder(dict[str, Starting])


def starters_of(
    by_name: Mapping[str, list[str]], summaries: Summaries, root: Path
) -> dict[str, list[Symbol]]:
    """The scripts that code starts, each with the symbols that do; scripts are given by their names."""
    path = _place(by_name, root)
    stored = _read(path)
    keys = summaries.shas()
    fresh = [file for file, key in keys.items() if key not in stored]
    starting = _look(fresh, by_name, summaries)
    if path is not None and fresh:
        now = {key: stored.get(key, starting.get(file, {})) for file, key in keys.items() if key}
        _write(path, now)
    starters: dict[str, list[Symbol]] = {}
    for file, key in keys.items():
        for definition, names in (starting.get(file) or stored.get(key, {})).items():
            for script in dict.fromkeys(s for name in names for s in by_name[name]):
                starters.setdefault(script, []).append(Symbol(file, definition))
    return starters


def _place(names: Iterable[str], root: Path) -> Path | None:
    """Where it is kept what starts scripts of these names."""
    text = "\0".join((str(VERSION), *sorted(names)))
    with contextlib.suppress(GitError):
        return store(root) / "scripts" / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    return None


def _read(path: Path | None) -> dict[str, Starting]:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        if path is not None:
            return _DECODER.decode(path.read_bytes())
    return {}


def _write(path: Path, starting: dict[str, Starting]) -> None:
    """Keep what was found; what was used least recently goes."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, msgspec.json.encode(starting))
        files = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for old in files[:-_MOST_KEPT]:
            old.unlink()


def _look(
    files: list[str], by_name: Mapping[str, list[str]], summaries: Summaries
) -> dict[str, Starting]:
    """What of some files starts scripts."""
    if len(files) <= _FEW:
        read = ((file, summaries[file]) for file in summaries.in_turn(files))
    else:
        wanted = set(files)
        every = summaries.mentioning(_needles(by_name))
        read = ((file, summary) for file, summary in every if file in wanted)
    starting: dict[str, Starting] = {}
    for file, summary in read:
        for definition in summary.definitions:
            names = by_name.keys() & _started(definition.strings)
            if names:
                starting.setdefault(file, {})[definition.name] = sorted(names)
    return starting


def _needles(names: Iterable[str]) -> list[str | bytes]:
    """How summaries hold what may start one of these: a word that is common begins a string there."""
    needles: list[str | bytes] = []
    for name in names:
        if "." in name or "/" in name:
            needles.append(name)
        else:
            packed = bytes([0xA0 + min(len(name), 31)]) + name.encode()  # as MessagePack has it
            needles += [packed, f"/{name}", f"{name} "]
    return needles


def _started(strings: Strings) -> set[str]:
    """What strings may start: commands, names with an ending, ends of paths with `/` and without."""
    lines = (*strings.dotted, *strings.identifiers, *strings.texts)
    words = {word for line in lines for word in _SPACES.split(line)}
    paths = {word.rpartition("/")[2] for word in words if "/" in word or "." in word}
    begins = {match for line in strings.texts for match in _COMMAND.findall(line)}
    commands = {command.rpartition("/")[2] for command in strings.commands}
    ends = {f"/{word.rpartition('/')[2]}" for word in (*words, *strings.commands) if "/" in word}
    return paths | begins | commands | ends
