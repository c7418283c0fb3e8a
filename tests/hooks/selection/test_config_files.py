"""What a project's configuration says that tests may depend on, apart from what they cannot."""

import pytest
from gardener.hooks.selection.config_files import changed_tools

PYPROJECT = b"""
[project]
name = "x"
version = "1"
dependencies = ["a"]
[tool.ruff.lint]
select = ["E"]
[tool.pytest.ini_options]
addopts = "-q"
"""
SETUP_CFG = b"""
[metadata]
name = x
version = 1
[tool:isort]
profile = black
[bumpversion:file:x]
[tool:pytest]
addopts = -q
"""


@pytest.mark.parametrize(
    ("name", "source", "before", "after", "tools"),
    [
        ("pyproject.toml", PYPROJECT, b"", b"# a comment\n", set()),
        ("pyproject.toml", PYPROJECT, b'"E"', b'"F"', {"ruff"}),
        ("pyproject.toml", PYPROJECT, b"[tool.ruff.lint]", b"[tool.mypy]", {"ruff", "mypy"}),
        # What a project says about itself is no tool's setting and matters to no test.
        ("pyproject.toml", PYPROJECT, b'version = "1"', b'version = "2"', set()),
        ("pyproject.toml", PYPROJECT, b'["a"]', b'["b"]', None),
        ("pyproject.toml", PYPROJECT, b'"-q"', b'"-v"', None),
        ("pyproject.toml", PYPROJECT, b"[tool.ruff.lint]", b"[tool.unknown]", None),
        ("pyproject.toml", PYPROJECT, b"[project]", b"[project", None),
        ("setup.cfg", SETUP_CFG, b"profile = black", b"profile = x", {"isort"}),
        ("setup.cfg", SETUP_CFG, b"[bumpversion:file:x]", b"[bumpversion:file:y]", {"bumpversion"}),
        ("setup.cfg", SETUP_CFG, b"version = 1", b"version = 2", set()),
        ("setup.cfg", SETUP_CFG, b"-q", b"-v", None),
        ("setup.cfg", SETUP_CFG, b"name = x", b"name = \xff", None),
    ],
)
def test_changed_tools(name, source, before, after, tools):
    assert before in source
    changed = source.replace(before, after, 1) if before else after + source
    assert changed_tools(name, source, changed) == tools
    assert changed_tools(name, changed, source) == tools
    assert changed_tools(name, changed, changed) == set()
