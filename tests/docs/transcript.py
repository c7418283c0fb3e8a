"""Runs the `console` blocks of a Markdown page, in order, as a reader would type them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_MASKS = (
    (re.compile(r"\b[0-9a-f]{40}\b"), "<commit>"),
    (re.compile(r"\b[0-9a-f]{7,12}\b"), "<id>"),
    (re.compile(r"\b0x[0-9a-f]+\b"), "<address>"),
    (
        re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.\d]*)(?:\+00:00|Z)?)?"),
        "<time>",
    ),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s)\b"), "<duration>"),
    (re.compile(r"\b3\.\d+\.\d+\b"), "<python>"),
    (re.compile(r"\bpytest \d+\.\d+(?:\.\w+)*\b"), "<pytest>"),
    (re.compile(r"(?<=<pytest>: )\S+"), "<executable>"),
    # Python 3.11 and older do not warn of utcnow.
    (re.compile(r"^.*\butcnow\b.*\btimes\b.*\n", re.MULTILINE), ""),
)


def mask(text: str) -> str:
    """Text without what differs from run to run and from machine to machine."""
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


class Step(NamedTuple):
    """A command and the output that the page shows below it."""

    command: str
    shown: str


def steps(block: str) -> list[Step]:
    """The commands of a block: `$ ` starts one, `> ` goes on with it, the rest is output."""
    found: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:], ""))
        elif line.startswith("> ") and not found[-1].shown:
            found[-1] = found[-1]._replace(command=f"{found[-1].command}\n{line[2:]}")
        elif line == ">" and not found[-1].shown:
            found[-1] = found[-1]._replace(command=f"{found[-1].command}\n")
        else:
            found[-1] = found[-1]._replace(shown=f"{found[-1].shown}{line}\n")
    return found


class Reader:
    """Someone who follows a page in a folder of their own, with gardener installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = self.home = folder
        (folder / "gardener").symlink_to(TOP)  # the clone that the pages speak of
        config = folder / ".gitconfig"
        config.write_text(
            "[user]\nname = Reader\nemail = reader@example.org\n[init]\ndefaultBranch = main\n"
        )
        away = ("PYTEST", "PYTHON", "COV", "GIT_", "CONDA", "GITHUB", "PRE_COMMIT", "PREK")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(away)}
        self._environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            "VIRTUAL_ENV": sys.prefix,
            "GIT_CONFIG_GLOBAL": str(config),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "2025-09-11T20:19:20Z",
            "GIT_COMMITTER_DATE": "2025-09-11T20:19:20Z",
            "COLUMNS": "80",
            "TERM": "dumb",
            "NO_COLOR": "1",
        }

    def type(self, command: str) -> str:
        """Run a command where the last one left off; what it said, stderr included."""
        after = self.home / ".where"
        done = subprocess.run(
            ["bash", "-c", f"trap 'pwd > \"{after}\"' EXIT\n{command}"],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.folder = Path(after.read_text().strip())
        said = done.stdout.replace(sys.prefix, "~/gardener/.venv")
        return said.replace(str(TOP), "~/gardener").replace(str(self.home), "~")


def follow(page: Path, reader: Reader) -> list[tuple[Step, str]]:
    """Type every command of a page; each step with what was really said.

    With `GARDENER_UPDATE_DOCS` in the environment the page is rewritten to show that.
    """
    text = page.read_text()
    said: list[tuple[Step, str]] = []

    def retype(block: re.Match[str]) -> str:
        lines = []
        for step in steps(block[1]):
            output = reader.type(step.command)
            said.append((step, output))
            lines.append("$ " + step.command.replace("\n", "\n> ").replace("> \n", ">\n"))
            lines += [line.rstrip() for line in output.splitlines()]
        return "```console\n" + "".join(f"{line}\n" for line in lines) + "```"

    new = BLOCK.sub(retype, text)
    if os.environ.get("GARDENER_UPDATE_DOCS"):
        page.write_text(new)
        return []
    return said
