"""The one rule of imports: limbs import the core, the core never imports limbs."""

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
LIMBS = ("hooks", "bot", "codemods")
MODULES = [p for folder in ("gardener", *LIMBS) for p in sorted((TOP / folder).rglob("*.py"))]


def imported(path: Path, *, relative: bool) -> list[str]:
    """Absolute names of what a file imports, relatively or not, however deep in the file."""
    package = path.parent.name if path.parent.name == "gardener" else f"gardener.{path.parent.name}"
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import) and not relative:
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and bool(node.level) is relative:
            above = package.split(".")
            base = ".".join(above[: len(above) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            found += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return found


def limb(name: str) -> str:
    """The limb that an absolute name lies in, or an empty string."""
    parts = name.split(".")
    first = parts[1] if parts[0] == "gardener" and len(parts) > 1 else parts[0]
    return first if first in LIMBS else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(TOP)))
def test_no_module_imports_a_limb_that_is_not_its_own(path):
    own = path.parent.name
    for name in imported(path, relative=True):
        assert limb(name) in ("", own), f"{path.name} imports {name}"
    for name in imported(path, relative=False):
        assert not limb(name), f"{path.name} imports {name}: inside a limb import relatively"


def test_the_rule_is_seen_when_it_is_broken(tmp_path):
    bad = tmp_path / "gardener" / "bad.py"
    bad.parent.mkdir()
    bad.write_text("def f():\n    from gardener.hooks import run\n    from . import bot\n")
    assert limb("gardener.hooks.run") == "hooks"
    assert "gardener.hooks.run" in imported(bad, relative=False)
    assert "gardener.bot" in imported(bad, relative=True)
