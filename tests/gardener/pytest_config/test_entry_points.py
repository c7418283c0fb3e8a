"""The entry points that a project declares, in each of the files that may do so."""

import pytest

from gardener.pytest_config.entry_points import EntryPoint, entry_points

PYPROJECT = """
[project.scripts]
run = "app.cli:main"
[project.gui-scripts]
window = "app.gui:main [gui]"
[project.entry-points.pytest11]
plug = "app.plugin"
[tool.poetry.scripts]
old = {reference = "app.old:main", extras = ["x"]}
[tool.poetry.plugins."app.formats"]
json = "app.formats:Json"
"""
SETUP_CFG = """
[options.entry_points]
console_scripts =
    run = app.cli:main
    extra = app.cli:extra [x]
pytest11 =
    plug = app.plugin
"""
SETUP_PY = """
setup(entry_points={
    "console_scripts": ["run = app.cli:main", "extra=app.cli:extra [x]"],
    "pytest11": ["plug = app.plugin"],
})
"""
SETUP_PY_TEXT = '''
setup(entry_points="""
    [pytest11]
    plug = app.plugin
""")
'''
RUN = EntryPoint("console_scripts", "run", "app.cli:main", "lib")
EXTRA = EntryPoint("console_scripts", "extra", "app.cli:extra", "lib")
PLUG = EntryPoint("pytest11", "plug", "app.plugin", "lib")


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        (
            "pyproject.toml",
            PYPROJECT,
            {
                RUN,
                PLUG,
                EntryPoint("gui_scripts", "window", "app.gui:main", "lib"),
                EntryPoint("console_scripts", "old", "app.old:main", "lib"),
                EntryPoint("app.formats", "json", "app.formats:Json", "lib"),
            },
        ),
        ("setup.cfg", SETUP_CFG, {RUN, EXTRA, PLUG}),
        ("setup.py", SETUP_PY, {RUN, EXTRA, PLUG}),
        ("setup.py", SETUP_PY_TEXT, {PLUG}),
        ("pyproject.toml", "[project]\nname = 'x'\n", set()),
        ("pyproject.toml", "[project.scripts\n", set()),
        ("setup.cfg", "scripts\n", set()),
        ("setup.py", "setup(scripts=['bin/run'])\n", set()),
    ],
)
def test_entry_points(name, source, expected):
    assert set(entry_points(name, source.encode(), "lib")) == expected
