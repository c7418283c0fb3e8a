"""Write docs/codemods/NAME.md from the file of each codemod: python docs/render_codemods.py"""

from pathlib import Path

from gardener.codemod.discovery import discover
from gardener.codemod.model import Codemod
from gardener.commands.codemods import explained
from gardener.config import Config

PAGES = Path(__file__).parent / "codemods"


def page(codemod: Codemod) -> str:
    """The page of one codemod, with a word on where it comes from."""
    file = f"codemods/{codemod.name.replace('-', '_')}.py"
    return (
        f"<!-- Written by docs/render_codemods.py from {file}; change it there. -->\n\n"
        f"{explained(codemod)}\n"
    )


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for codemod in discover(Config(Path(__file__).parent)).values():
        (PAGES / f"{codemod.name}.md").write_text(page(codemod), encoding="utf-8")
