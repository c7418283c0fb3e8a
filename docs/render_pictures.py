"""Draws the two pictures of the README: a terminal with a real run, and the comment.

    python docs/render_pictures.py [FOLDER]

Runs gardener on a copy of examples/chat, and takes the comment from docs/comment.html. Writes
terminal.svg and comment.svg into docs/images: text, so that a change of wording is a diff.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from defusedxml import ElementTree
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

TOP = Path(__file__).parents[1]
LINES = 30
WIDTH, HEIGHT = 900, 620

# Without rich's fonts, which would come from a foreign host.
TERMINAL = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
COMMENT = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<foreignObject width="{width}" height="{height}">
<html xmlns="http://www.w3.org/1999/xhtml">
<head><style>
{style}
body {{ margin: 0; background: var(--page); }}
</style></head>
<body>
{body}
</body></html>
</foreignObject>
</svg>
"""


def run_on_example(command: str) -> str:
    """What a command says on a terminal, in a repository with a copy of the example."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "chat"
        ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
        shutil.copytree(TOP / "examples/chat", root, ignore=ignored)
        away = ("PYTEST", "PYTHON", "COV", "GIT_", "GITHUB")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(away)} | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": sys.prefix,
            "COLUMNS": "92",
        }
        person = ["-c", "user.name=Reader", "-c", "user.email=reader@example.org"]
        for words in (["init", "-q"], ["add", "-A"], [*person, "commit", "-qm", "x"]):
            subprocess.run(["git", *words], cwd=root, env=environment, check=True)
        done = subprocess.run(
            command.split(),
            check=False,  # it finds something
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout


def terminal() -> str:
    said = Text.from_ansi(run_on_example("gardener run --all --color"))
    lines = list(said.split("\n"))
    # As many of the first findings as fit, then how many there are of all.
    end = next(n for n in range(LINES, 0, -1) if not lines[n].plain.strip())
    rest = next(line for line in lines if re.search(r"\d+ causes?\.", line.plain))
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=92, file=nowhere, force_terminal=True)
        console.print(Text("$ gardener run --all", style="bold"))
        for line in [*lines[:end], Text("…"), rest]:
            console.print(line, no_wrap=True, crop=True)
        return console.export_svg(
            title="chat", theme=MONOKAI, code_format=TERMINAL, unique_id="terminal"
        )


class AsXml(HTMLParser):
    """HTML written anew as XML: closed tags, quoted attributes, no entities but XML's own."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = "".join(f" {name}={quoteattr(value or name)}" for name, value in attrs)
        self.out.append(f"<{tag}{named}{'/' if tag in ('br', 'hr', 'img') else ''}>")

    def handle_endtag(self, tag: str) -> None:
        self.out.append(f"</{tag}>" if tag not in ("br", "hr", "img") else "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.out.append(escape(data))


def comment() -> str:
    page = (TOP / "docs/comment.html").read_text()
    style = re.search(r"<style>\n(.*?)\n</style>", page, re.DOTALL)
    body = re.search(r'(<div class="comment">.*</div>)\s*</html>', page, re.DOTALL)
    assert style and body
    xml = AsXml()
    xml.feed(body[1])
    return COMMENT.format(width=WIDTH, height=HEIGHT, style=style[1], body="".join(xml.out))


def main(folder: Path) -> None:
    for name, picture in (("terminal", terminal()), ("comment", comment())):
        ElementTree.fromstring(picture)  # a browser draws nothing of an SVG that is no XML
        (folder / f"{name}.svg").write_text(picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TOP / "docs/images")
