"""A plan: one selection, divided into shards, that all shards take as it is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gardener.errors import ConfigError
from gardener.git import head
from gardener.model import Mode, Selection
from gardener.nodeid import NodeId
from gardener.paths import write_whole

from ..plugin.sharding import shard_of

SCHEMA = 1


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Which tests run, and in which of the `shards`; `commit` is that on which it was made.

    `assigned` maps files, classes and functions to numbers from 0. `seconds` are predicted by
    those of `timed` tests; without any they only say how the numbers of tests compare.
    `mode`, `ref`, `focus` and `level` are what was asked for.
    """

    schema: int = SCHEMA
    commit: str = ""
    shards: int
    mode: Mode
    ref: str = ""
    focus: str = ""
    level: str = "any"
    selection: Selection
    assigned: dict[str, int] = {}
    seconds: list[float] = []
    timed: int = 0

    @property
    def names(self) -> list[str]:
        """The shards as `--shard` takes them."""
        return [f"{number}/{self.shards}" for number in range(1, self.shards + 1)]


class Shard(msgspec.Struct, frozen=True):
    """One shard: its number from 0, of how many, and where tests were assigned to."""

    number: int
    count: int
    assigned: dict[str, int] = {}

    def __str__(self) -> str:
        return f"{self.number + 1}/{self.count}"

    @property
    def facts(self) -> tuple[int, int, dict[str, int]]:
        """All that it consists of."""
        return (self.number, self.count, self.assigned)

    @property
    def is_planned(self) -> bool:
        """Whether a plan says that there are tests in it."""
        return self.number in self.assigned.values()

    def has(self, test: str) -> bool:
        """Whether a test, or the rest of a file, is in this shard."""
        return shard_of(test, self.assigned, self.count) == self.number

    def named(self, tests: tuple[str, ...], root: Path) -> tuple[str, ...]:
        """Those of the tests and files that run here; of a folder others may have all."""
        return tuple(test for test in tests if self.has(test) and not _is_folder(test, root))

    def part_of(self, selection: Selection, root: Path) -> Selection:
        """The selected tests, files and folders of which some test may be in this shard."""
        units: dict[str, list[NodeId]] = {}
        for name, number in self.assigned.items():
            if number == self.number:
                unit = NodeId.parse(name)
                units.setdefault(unit.file, []).append(unit)

        def may_be_in(test: str) -> bool:
            around = NodeId.parse(test)
            return (
                self.has(test)
                or any(unit.is_within(around) for unit in units.get(around.file, ()))
                or _is_folder(test, root)  # its files are told apart where they are collected
            )

        tests = tuple(selected for selected in selection.tests if may_be_in(selected.test))
        return msgspec.structs.replace(selection, tests=tests)


def _is_folder(test: str, root: Path) -> bool:
    nodeid = NodeId.parse(test)
    return nodeid.is_file and (root / nodeid.file).is_dir()


def save(plan: Plan, path: Path) -> None:
    """Write a plan whole or not at all. Raises: ConfigError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None


def load(path: Path, root: Path) -> Plan:
    """Read a plan that was made on this commit.

    Raises:
        ConfigError: it cannot be used.
    """
    try:
        plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not a plan of `gardener plan`: {error}.") from None
    if plan.schema > SCHEMA:
        raise ConfigError(
            f"{path} has schema {plan.schema}, this gardener reads up to {SCHEMA}; upgrade gardener."
        )
    commit = head(root)
    if plan.commit != commit:
        raise ConfigError(
            f"{path} was made on commit {plan.commit[:12]}, and HEAD is {commit[:12]}: "
            "all shards must run what was planned."
        )
    return plan
