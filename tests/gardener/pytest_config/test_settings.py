"""What pytest's configuration says, and which files are tests by it."""

import pytest

from gardener.pytest_config.settings import (
    Layout,
    PytestSettings,
    canonical_settings,
    parse,
    settings_by_folder,
)

INI = "[pytest]\naddopts = {}\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("pytest.ini", "[pytest]\ntestpaths = a b\n", {"testpaths": ("a", "b")}),
        ("pytest.ini", "", {}),
        ("pytest.ini", "[pytest]\npythonpath = a # why\n", {"pythonpath": ("a",)}),
        ("pytest.ini", "[pytest]\npythonpath = a\npython_paths = b\n", {"pythonpath": ("a", "b")}),
        ("pytest.ini", "[pytest]\naddopts = -m 'not slow'\n", {"addopts": ("-m", "not slow")}),
        ("pytest.ini", "[pytest]\naddopts = -m 'open\n", {"addopts": ("-m", "'open")}),
        ("tox.ini", "[pytest]\npython_files = check_*.py\n", {"python_files": ("check_*.py",)}),
        ("setup.cfg", "[tool:pytest]\nusefixtures = x\n", {"usefixtures": ("x",)}),
        ("pytest.toml", '[pytest]\ntestpaths = ["a", "b"]\n', {"testpaths": ("a", "b")}),
        ("pytest.toml", "", {}),
        ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = "a b"\n', {"testpaths": ("a", "b")}),
        ("pyproject.toml", '[tool.pytest]\ntestpaths = ["a"]\n', {"testpaths": ("a",)}),
        ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = s\n", {"django": ("s",)}),
        ("tox.ini", "[tox]\n", None),
        ("setup.cfg", "broken", None),
        ("pyproject.toml", "[tool.ruff]\n", None),
        ("pyproject.toml", "[tool.pytest\n", None),
        ("tox.ini", b"\xff", None),
    ],
)  # fmt: skip
def test_settings_are_read(name, text, expected):
    source = text if isinstance(text, bytes) else text.encode()
    settings = None if expected is None else PytestSettings("x", **expected)
    assert parse(name, source, "x") == settings


def test_of_files_beside_each_other_the_first_of_pytests_order_counts():
    files = {
        "pyproject.toml": b'[tool.pytest.ini_options]\ntestpaths = ["second"]\n',
        "pytest.ini": b"[pytest]\ntestpaths = first\n",
        "a/setup.cfg": b"[metadata]\nname = a\n",
        "a/tox.ini": b"[pytest]\ntestpaths = third\n",
        "a/README.md": b"[pytest]\n",
    }
    settings = settings_by_folder(files)
    assert {folder: s.testpaths for folder, s in settings.items()} == {
        "": ("first",),
        "a": ("third",),
    }


@pytest.mark.parametrize(
    ("addopts", "mode", "plugins", "doctests"),
    [
        ("", "prepend", (), False),
        ("--import-mode=append", "append", (), False),
        ("--import-mode append --import-mode=importlib", "importlib", (), False),
        ("-p one -ptwo -p no:three --ds=four", "prepend", ("one", "two", "four"), False),
        ("--doctest-modules -p", "prepend", ("",), True),
    ],
)
def test_options_are_read(addopts, mode, plugins, doctests):
    settings = parse("pytest.ini", INI.format(addopts).encode(), "")
    assert settings is not None
    assert (settings.import_mode, settings.plugins, settings.doctest_modules) == (
        mode,
        plugins,
        doctests,
    )


@pytest.mark.parametrize(
    ("settings", "tests", "others"),
    [
        ({}, "test_a.py a/b_test.py a/test_b.py", "a.py conftest.py .x/test_a.py a/build/test_a.py"),
        ({"testpaths": ("t", "u/")}, "t/test_a.py u/test_b.py", "test_a.py tt/test_a.py"),
        ({"testpaths": ("./t",)}, "t/test_a.py", "test_a.py"),
        ({"testpaths": ("*/t",)}, "a/t/test_a.py b/t/c/test_a.py", "t/test_a.py"),
        ({"testpaths": ("build",)}, "build/test_a.py", "build/build/test_a.py"),
        ({"python_files": ("check_*.py", "t/*.py")}, "check_a.py t/x.py a/t/x.py", "test_a.py"),
        ({"norecursedirs": ("old",)}, "build/test_a.py", "old/test_a.py a/old/b/test_a.py"),
        ({"addopts": ("--ignore=a", "--ignore-glob=*/b_*")}, "b/test_a.py", "a/test_a.py x/b_test.py"),
        ({"addopts": ("--doctest-modules",)}, "a.py x/b.py", "conftest.py build/a.py"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("folder", ["", "sub"])
def test_test_files_are_told_from_others(settings, tests, others, folder):
    layout = Layout({folder: PytestSettings(folder, **settings)})

    def placed(paths):
        return [f"{folder}/{path}".lstrip("/") for path in paths.split()]

    assert [p for p in placed(tests) if not layout.is_test(p)] == []
    assert [p for p in placed(others) if layout.is_test(p)] == []


@pytest.mark.parametrize(
    ("addopts", "expected"),
    [
        ((), {"test_a.txt"}),
        (("--doctest-glob=*.md",), {"a.md"}),
        (("-p", "no:doctest"), set()),
        (("--ignore=test_a.txt",), set()),
    ],
)
def test_texts_are_tests_by_their_glob(addopts, expected):
    layout = Layout({"": PytestSettings(addopts=addopts)})
    files = {"test_a.txt", "a.txt", "a.md", "build/test_b.txt"}
    assert {file for file in files if layout.is_text_test(file)} == expected


def test_the_nearest_configuration_governs():
    """As pytest takes it for what is started by its path; see `rootdirs.invocations`."""
    top, inner = PytestSettings(""), PytestSettings("a")
    assert Layout({"": top, "a": inner}).of_folder("a/b") is inner
    assert Layout({"": top, "a": inner}).of_folder("b") is top
    assert Layout({"a": inner}).of_folder("a/b") is inner
    assert Layout({"a": inner}).of_folder("b") == PytestSettings()


@pytest.mark.parametrize(
    ("top", "inner", "is_part"),
    [
        (PytestSettings(""), "services/a", True),
        (PytestSettings("", testpaths=("tests",)), "services/a", True),
        (PytestSettings("", testpaths=("tests",)), "examples/a", False),
        (PytestSettings("", testpaths=("examples",)), "examples/a", True),
        (PytestSettings(""), "examples/a", True),
        (PytestSettings("", norecursedirs=("services",)), "services/a", False),
        (PytestSettings("", addopts=("--ignore=services/a",)), "services/a", False),
        (None, "build/a", True),
    ],
)
def test_a_folder_with_its_own_configuration_is_a_part(top, inner, is_part):
    settings = {inner: PytestSettings(inner)} | ({"": top} if top else {})
    layout = Layout(settings)
    assert layout.is_test(f"{inner}/test_a.py") is is_part
    assert layout.parts([f"{inner}/test_a.py"]) == ([inner] if is_part else [])


@pytest.mark.parametrize(
    ("path", "is_outside"),
    [
        ("scripts/test_a.py", True),
        ("tests/test_a.py", False),
        ("scripts/a.py", False),
        (".hidden/test_a.py", False),
        ("service/test_a.py", False),
        ("service/more/test_a.py", True),
    ],
)
def test_what_testpaths_leave_out(path, is_outside):
    top = PytestSettings("", testpaths=("tests",))
    service = PytestSettings("service", testpaths=("test_*.py",))
    assert Layout({"": top, "service": service}).is_outside(path) is is_outside


@pytest.mark.parametrize(
    ("name", "one", "two", "same"),
    [
        ("tox.ini", "[pytest]\na = 1\nb = 2\n", "[pytest]\n# why\nb = 2\na = 1\n", True),
        ("tox.ini", "[pytest]\na = 1\n", "[pytest]\na = 2\n", False),
        ("tox.ini", "[tox]\na = 1\n", "", True),
        ("pyproject.toml", "[tool.pytest.ini_options]\na = 1\nb = 2\n", "[tool.pytest]\nb = 2\na = 1\n", True),
        ("pyproject.toml", "[tool.ruff]\n", "[tool.mypy]\n", True),
        ("setup.cfg", "broken", "also broken", False),
    ],
)  # fmt: skip
def test_texts_that_say_the_same_are_the_same(name, one, two, same):
    texts = [canonical_settings(name, text.encode()) for text in (one, two)]
    assert (texts[0] == texts[1]) is same
