"""The one rule of imports: limbs import the core, the core never imports limbs."""

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
LIMBS = ("hooks", "bot", "codemods")
MODULES = [p for folder in ("gardener", *LIMBS) for p in sorted((TOP / folder).rglob("*.py"))]


def package_of(path: Path, top: Path = TOP) -> str:
    """The installed name of the package that a file lies in."""
    folders = path.parent.relative_to(top).parts
    return ".".join(folders if folders[0] == "gardener" else ("gardener", *folders))


def imported(path: Path, *, relative: bool, top: Path = TOP) -> list[str]:
    """Absolute names of what a file imports, relatively or not, however deep in the file."""
    package = package_of(path, top)
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
    own = limb(package_of(path))
    for name in imported(path, relative=True):
        assert limb(name) in ("", own), f"{path.name} imports {name}"
    for name in imported(path, relative=False):
        assert not limb(name), f"{path.name} imports {name}: inside a limb import relatively"


def test_every_folder_of_code_is_installed():
    tomllib = pytest.importorskip("tomllib")  # Python 3.10 has none
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())
    assert set(settings["tool"]["setuptools"]["packages"]) == {package_of(p) for p in MODULES}


def test_the_rule_is_seen_when_it_is_broken(tmp_path):
    bad = tmp_path / "gardener" / "bad.py"
    bad.parent.mkdir()
    bad.write_text("def f():\n    from gardener.hooks.commands import run\n    from . import bot\n")
    assert limb("gardener.hooks.commands.run") == "hooks"
    assert "gardener.hooks.commands.run" in imported(bad, relative=False, top=tmp_path)
    assert "gardener.bot" in imported(bad, relative=True, top=tmp_path)
