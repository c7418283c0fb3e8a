"""Which symbols start scripts, kept by the blobs of their files: to look through all takes long."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
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
_COMPUTED = re.compile(r"[{}$%*<>]")
"""What a part of a path has that is filled in later."""
_BY_PLACE, _BY_COMMAND = ">/", "!"
"""How names of scripts begin that are no plain words."""

Starting = dict[str, list[str]]
"""Definitions of a file that start scripts, each with what it says for them."""
_DECODER: msgspec.json.Decoder[dict[str, Starting]] = msgspec.json.Decoder(dict[str, Starting])


def starters_of(
    by_name: Mapping[str, list[str]],
    summaries: Summaries,
    root: Path,
    *,
    among_tests: Callable[[str], bool],
) -> dict[str, list[Symbol]]:
    """The scripts that code starts, each with the symbols that do; scripts are given by their names.

    A command without an ending counts only in files that are `among_tests`.
    """
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
            at_all = among_tests(file)
            told = (n for n in names if at_all or not n.startswith(_BY_COMMAND))
            for script in dict.fromkeys(s for name in told for s in by_name[name]):
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
    names_of_all, by_last_part = frozenset(by_name), _by_last_part(by_name)
    for file, summary in read:
        for definition in summary.definitions:
            names = _started(definition.strings, names_of_all, by_last_part)
            if names:
                starting.setdefault(file, {})[definition.name] = sorted(names)
    return starting


def by_place(path: str) -> str:
    """What stands for a script that is told by its path."""
    return _BY_PLACE + path


def by_command(name: str) -> str:
    """What stands for a script that is told by its name as the first word of a command."""
    return _BY_COMMAND + name


def named_in_script(by_name: Mapping[str, list[str]], words: Collection[str]) -> Iterator[str]:
    """The names of scripts among the words of a script: there any word may be a command."""
    for name in by_name:
        if name.startswith(_BY_PLACE):
            word = f"/{name.rpartition('/')[2]}"
        else:
            word = name.removeprefix(_BY_COMMAND)
        if word in words:
            yield name


def _needles(names: Iterable[str]) -> list[str | bytes]:
    """How summaries hold what may start one of these: a word that is common begins a string there."""
    needles: list[str | bytes] = []
    for name in names:
        if name.startswith(_BY_PLACE):
            needles.append(f"/{name.rpartition('/')[2]}")
        elif "." in name:
            needles.append(name)
        else:
            command = name.removeprefix(_BY_COMMAND)
            packed = bytes([0xA0 + min(len(command), 31)]) + command.encode()  # as MessagePack does
            needles += [packed, f"/{command}", f"{command} "]
    return needles


def _by_last_part(names: Iterable[str]) -> dict[str, list[str]]:
    """The names of scripts that are told by their paths, by the last part of these."""
    found: dict[str, list[str]] = {}
    for name in names:
        if name.startswith(_BY_PLACE):
            found.setdefault(name.rpartition("/")[2], []).append(name)
    return found


def _started(strings: Strings, names: Set[str], by_last_part: Mapping[str, list[str]]) -> Set[str]:
    """Of some names of scripts those that strings may start.

    They are the last parts of paths, names with an ending, commands; and what a path leads to.
    """
    lines = strings.all()
    words = {word for line in lines for word in _SPACES.split(line)}
    paths = {word for word in (*words, *strings.commands) if "/" in word}
    ends = {word.rpartition("/")[2] for word in (*paths, *(w for w in words if "." in w))}
    commands = {match for line in strings.texts for match in _COMMAND.findall(line)}
    commands.update(command.rpartition("/")[2] for command in strings.commands)
    led_to = {
        name
        for last in by_last_part.keys() & ends
        for name in by_last_part[last]
        if any(leads_to(word, name.removeprefix(_BY_PLACE)) for word in paths)
    }
    return names & {*ends, *commands, *map(by_command, commands)} | led_to


def leads_to(word: str, path: str) -> bool:
    """Whether a path in a string may lead to a file, from wherever it is followed.

    Parts that only run time knows (`{name}`, `$NAME`, `%s`) stand for any, the first of them for
    what is before it, too. Of an absolute path, what is above the repository is not known.
    """
    parts = word.split("/")
    while len(parts) > 1 and (parts[0] in ("", ".", "..", "~") or _COMPUTED.search(parts[0])):
        del parts[0]
    literal = "/".join(parts)
    if f"/{literal}".endswith(f"/{path}"):
        return True
    pattern = "/".join(".+" if _COMPUTED.search(part) else re.escape(part) for part in parts)
    return re.search(f"(?:^|/){pattern}$", path) is not None
