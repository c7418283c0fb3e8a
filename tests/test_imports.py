"""The rules of imports: limbs import the core, never each other; between folders arrows go down."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
LIMBS = ("hooks", "bot", "codemods")
MODULES = [p for folder in ("gardener", *LIMBS) for p in sorted((TOP / folder).rglob("*.py"))]

LAYERS = {
    # Each line may import from the lines below it. A folder stands for what lies in it.
    "gardener": [
        ["__main__.py"],
        ["cli.py"],
        ["commands"],
        ["setup", "render"],
        ["reports"],
        ["diagnosis", "codemod"],
        ["modules", "redaction"],
        ["config", "text.py", "pytest_config"],
        ["model.py", "toml.py", "git.py", "paths.py", "databases.py"],
        ["nodeid.py", "errors.py", "disarm.py", "worker.py", "signals.py", "__init__.py"],
    ],
    "hooks": [
        ["commands", "pytest_entry.py"],
        ["run", "doctor"],
        ["verdict"],
        ["selection"],
        ["sharing"],
        ["record"],
        ["pytest_run"],
        ["plugin", "fix", "changes.py"],
    ],
    "hooks/selection": [[""], ["graph"], ["link"], ["parse"]],
    "bot": [[""], ["github"], ["content"]],
}


def package_of(path: Path, top: Path = TOP) -> str:
    """The installed name of the package that a file lies in."""
    folders = path.parent.relative_to(top).parts
    return ".".join(folders if folders[0] == "gardener" else ("gardener", *folders))


def imported(path: Path, *, relative: bool, top: Path = TOP) -> list[str]:
    """Absolute names of what a file imports, relatively or not, however deep in the file."""
    package = package_of(path, top)
    names = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import) and not relative:
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and bool(node.level) is relative:
            above = package.split(".")
            base = ".".join(above[: len(above) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return names


def limb(name: str) -> str:
    """The limb that an absolute name lies in, or an empty string."""
    parts = name.split(".")
    first = parts[1] if parts[0] == "gardener" and len(parts) > 1 else parts[0]
    return first if first in LIMBS else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(TOP)))
def test_no_module_imports_a_limb_that_is_not_its_own(path):
    home = limb(package_of(path))
    for name in imported(path, relative=True):
        assert limb(name) in ("", home), f"{path.name} imports {name}"
    for name in imported(path, relative=False):
        assert not limb(name), f"{path.name} imports {name}: inside a limb import relatively"


def files_imported(path: Path, top: Path = TOP) -> list[str]:
    """The project's own files that a file imports, relative to the top."""
    files = set()
    for relative in (True, False):
        for name in imported(path, relative=relative, top=top):
            parts = name.split(".")
            if parts[0] != "gardener":
                continue
            folders = parts[1:] if limb(name) else parts
            file = Path(*folders)
            if (top / file).with_suffix(".py").is_file():
                files.add(f"{file}.py")
            elif (top / file / "__init__.py").is_file() and len(folders) > 1:
                files.add(f"{file}/__init__.py")
    return sorted(files)


def layer(file: str, home: str) -> int | None:
    """The layer of a file among those of the folder `home`, 0 at the top."""
    part = file.removeprefix(f"{home}/").partition("/")[0]
    for number, parts in enumerate(LAYERS[home]):
        if part in parts or ("" in parts and part.endswith(".py")):
            return number
    return None


def upward(file: str, top: Path = TOP) -> list[str]:
    """What a file imports from a layer above its own, or from another room of its layer."""
    wrong = []
    for target in files_imported(top / file, top):
        for home in LAYERS:
            if not (file.startswith(f"{home}/") and target.startswith(f"{home}/")):
                continue
            mine, theirs = layer(file, home), layer(target, home)
            if mine is None or theirs is None or file == target:
                continue
            rooms = [path.removeprefix(f"{home}/").partition("/")[0] for path in (file, target)]
            one_room = rooms[0] == rooms[1] or "" in LAYERS[home][mine]
            face = target.endswith("/__init__.py") and target.count("/") == home.count("/") + 1
            if theirs < mine or (theirs == mine and not one_room and not face):
                wrong.append(f"{file} imports {target}")
    return wrong


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(TOP)))
def test_between_folders_arrows_only_go_down(path):
    file = path.relative_to(TOP).as_posix()
    for home in LAYERS:
        if file.startswith(f"{home}/") and file != f"{home}/__init__.py":
            assert layer(file, home) is not None, f"{file} has no layer in tests/test_imports.py"
    assert upward(file) == []


def test_an_arrow_upwards_is_seen(tmp_path):
    for file, text in {
        "gardener/render/page.py": "from gardener.commands import report\n",
        "gardener/commands/report.py": "from gardener.render import page\n",
        "hooks/record/store.py": "def f():\n    from ..selection import tree\n",
        "hooks/selection/tree.py": "from .graph import reach\n",
        "hooks/selection/graph/reach.py": "from ..tree import x\n",
    }.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert upward("gardener/render/page.py", tmp_path)
    assert upward("gardener/commands/report.py", tmp_path) == []
    assert upward("hooks/record/store.py", tmp_path)
    assert upward("hooks/selection/tree.py", tmp_path) == []
    assert upward("hooks/selection/graph/reach.py", tmp_path)


def circle(files: list[str], top: Path = TOP) -> list[str]:
    """Files that import each other in a ring, for types alone too; none is what it has to be.

    That a file lies in a package is no import of what the package hands on.
    """
    arrows = {
        file: [
            target
            for target in files_imported(top / file, top)
            if not file.startswith(target.removesuffix("__init__.py"))
        ]
        for file in files
    }
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as ring:
        return list(ring.args[1])
    return []


def test_no_files_import_each_other_in_a_ring():
    assert circle([path.relative_to(TOP).as_posix() for path in MODULES]) == []


def test_a_ring_for_types_is_seen(tmp_path):
    files = {
        "gardener/part.py": "if TYPE_CHECKING:\n    from gardener.owner import Owner\n",
        "gardener/owner.py": "from gardener.part import Part\n",
    }
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    assert set(circle(list(files), tmp_path)) == set(files)


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
