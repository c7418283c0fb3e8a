"""Prints the table of folders of docs/architecture.md: each with the first line of its docstring.

python docs/render_architecture.py
"""

import ast
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
CODE = ("gardener", "hooks", "bot", "codemods")


def table() -> str:
    """A row for each folder of code, as Markdown."""
    rows = ["| folder | holds |", "|---|---|"]
    for top in CODE:
        for path in sorted((TOP / top).rglob("__init__.py")):
            docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
            folder = path.parent.relative_to(TOP).as_posix()
            rows.append(f"| `{folder}/` | {docstring.splitlines()[0] if docstring else ''} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
