"""The one rule of imports: limbs import the core, the core never imports limbs."""

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
LIMBS = ("hooks", "bot", "codemods")
MODULES = [p for folder in ("gardener", *LIMBS) for p in sorted((TOP / folder).rglob("*.py"))]


def imported(path: Path) -> list[str]:
    """Absolute names of the modules that a file imports, however deep in the file."""
    package = path.parent.name if path.parent.name == "gardener" else f"gardener.{path.parent.name}"
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")
            base = ".".join(above[: len(above) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            found += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(TOP)))
def test_no_module_imports_a_limb_that_is_not_its_own(path):
    own = path.parent.name
    for name in imported(path):
        parts = name.split(".")
        limb = parts[1] if parts[0] == "gardener" and len(parts) > 1 else parts[0]
        if limb in LIMBS:
            assert limb == own, f"{path.name} imports {name}"
        if own in LIMBS:
            assert name != f"gardener.{own}" and not name.startswith(f"gardener.{own}."), (
                f"inside {own}/ import relatively, not {name}"
            )
            assert parts[0] not in LIMBS, f"{path.name} imports the uninstalled name {name}"


def test_the_rule_is_seen_when_it_is_broken(tmp_path):
    bad = tmp_path / "gardener" / "bad.py"
    bad.parent.mkdir()
    bad.write_text("def f():\n    from gardener.hooks import run\n    from . import hooks\n")
    assert {"gardener.hooks", "gardener.hooks.run"} <= set(imported(bad))
