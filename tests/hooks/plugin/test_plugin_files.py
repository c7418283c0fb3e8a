"""What is injected: its files, what they import, and that old Pythons can parse them."""

import ast
import sys
from pathlib import Path

import gardener.hooks.plugin as plugin
import pytest

FILES = plugin.plugin_files() | plugin.site_files()
FOLDER = Path(plugin.__file__).parent


def test_every_file_of_the_folder_is_injected():
    injected = {Path(name).stem for name in plugin.plugin_files()}
    assert injected == {path.stem for path in FOLDER.glob("*.py")} - {"rerooting"}
    assert plugin.plugin_files()["gardener_plugin/__init__.py"] == b""
    assert set(plugin.site_files()) == {"sitecustomize.py", "gardener_foreign.py"}


@pytest.mark.parametrize("name", [plugin.RECORDER, plugin.PICKER, plugin.SORTER, plugin.UNFOUND])
def test_what_pytest_is_told_to_load_is_there(name):
    assert name.replace(".", "/") + ".py" in plugin.plugin_files()


def imported(source: bytes) -> set[str]:
    """Top-level names of what a file imports from outside of its package."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("name", FILES)
def test_only_the_standard_library_and_pytest_are_imported(name):
    # `sitecustomize` imports what is written beside it.
    allowed = sys.stdlib_module_names | {"pytest", "gardener_foreign"}
    assert imported(FILES[name]) <= allowed


@pytest.mark.parametrize("name", FILES)
def test_python_3_8_can_parse_it(name):
    tree = ast.parse(FILES[name], feature_version=(3, 8))
    if FILES[name]:
        assert "annotations" in {
            alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.module == "__future__"
            for alias in node.names
        }


@pytest.mark.parametrize("name", [name for name in plugin.plugin_files() if FILES[name]])
def test_pytest_rewrites_no_assertion_in_it(name):
    assert "PYTEST_DONT_REWRITE" in (ast.get_docstring(ast.parse(FILES[name])) or "")


def test_files_are_written_once(tmp_path):
    plugin.write_files({"a/b.py": b"1", "c.py": b"2"}, tmp_path / "new")
    written = tmp_path / "new" / "a" / "b.py"
    before = written.stat().st_ino
    plugin.write_files({"a/b.py": b"1", "c.py": b"3"}, tmp_path / "new")
    assert written.read_bytes() == b"1"
    assert written.stat().st_ino == before
    assert (tmp_path / "new" / "c.py").read_bytes() == b"3"
