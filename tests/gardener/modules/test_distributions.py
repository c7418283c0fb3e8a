"""What a project declares: a name and the folders of its packages, for each build backend."""

import pytest

from gardener.modules.distributions import Distribution, distributions


@pytest.mark.parametrize(
    ("file", "text", "name", "roots", "packages"),
    [
        ("pyproject.toml", '[project]\nname = "app"', "app", ("", "src"), ()),
        ("pyproject.toml", '[tool.poetry]\nname = "app"', "app", ("", "src"), ()),
        (
            "pyproject.toml",
            '[tool.poetry]\nname = "app"\npackages = [{include = "app", from = "lib"}, {include = "b"}]',
            "app",
            ("lib", ""),
            (),
        ),
        (
            "pyproject.toml",
            '[project]\nname="a"\n[tool.setuptools]\npackage-dir = {"" = "code", "a.b" = "other/c", "d" = "x/d"}',
            "a",
            ("code", "x"),
            (("a.b", "other/c"),),
        ),
        (
            "pyproject.toml",
            '[project]\nname="a"\n[tool.setuptools.packages.find]\nwhere = ["code", "."]',
            "a",
            ("code", ""),
            (),
        ),
        (
            "pyproject.toml",
            '[project]\nname="a"\n[tool.hatch.build.targets.wheel]\npackages = ["code/a"]',
            "a",
            ("code",),
            (),
        ),
        (
            "pyproject.toml",
            '[project]\nname="a"\n[tool.hatch.build.targets.wheel.sources]\n"code" = "a/plugin"',
            "a",
            (),
            (("a.plugin", "code"),),
        ),
        (
            "pyproject.toml",
            '[project]\nname="a"\n[tool.pdm.build]\npackage-dir = "code"',
            "a",
            ("code",),
            (),
        ),
        (
            "pyproject.toml",
            '[project]\nname="a"\n[tool.uv.build-backend]\nmodule-root = ""',
            "a",
            ("",),
            (),
        ),
        (
            "pyproject.toml",
            '[project]\nname="a"\n[tool.maturin]\npython-source = "python"',
            "a",
            ("python",),
            (),
        ),
        ("pyproject.toml", '[tool.flit.metadata]\nmodule = "app"', "app", ("", "src"), ()),
        (
            "setup.cfg",
            "[metadata]\nname = app\n[options]\npackage_dir =\n    = lib\n",
            "app",
            ("lib",),
            (),
        ),
        (
            "setup.cfg",
            "[metadata]\nname = app\n[options.packages.find]\nwhere = code\n",
            "app",
            ("code",),
            (),
        ),
        (
            "setup.py",
            "from setuptools import setup, find_packages\n"
            "setup(name='app', packages=find_packages('lib'), package_dir={'': 'lib'})",
            "app",
            ("lib",),
            (),
        ),
        ("setup.py", "import setuptools\nsetuptools.setup(name=NAME)", "", ("", "src"), ()),
    ],
)
@pytest.mark.parametrize("folder", ["", "libs/one"])
def test_each_backend_says_where_packages_lie(file, text, name, roots, packages, folder):
    def placed(path):
        return "/".join(filter(None, [folder, path]))

    path = placed(file)
    expected = Distribution(
        folder,
        name,
        tuple(map(placed, roots)),
        tuple((package, placed(place)) for package, place in packages),
    )
    assert distributions({path: text.encode()}) == (expected,)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("pyproject.toml", "not = [toml"),
        ("setup.cfg", "[flake8]\nmax-line-length = 88\n"),
        ("setup.cfg", "no section"),
        ("setup.py", "print('nothing'"),
        ("setup.py", "run()"),
        ("tox.ini", "[metadata]\nname = x\n"),
    ],
)
def test_a_file_that_declares_none(file, text):
    assert distributions({file: text.encode()}) == ()


def test_files_beside_each_other_describe_one_distribution():
    sources = {
        "setup.py": b"from setuptools import setup\nsetup()\n",
        "setup.cfg": b"[metadata]\nname = app\n",
        "pyproject.toml": b'[tool.setuptools]\npackage-dir = {"" = "lib"}\n',
    }
    assert distributions(sources) == (Distribution("", "app", ("lib",)),)


def test_a_folder_outside_of_the_repository_is_none():
    sources = {"a/setup.cfg": b"[metadata]\nname = a\n[options]\npackage_dir =\n  = ../../b\n"}
    assert distributions(sources) == (Distribution("a", "a"),)
