"""Where a module lies: layouts of files with settings, by the files that a name may mean."""

import posixpath

import pytest

from gardener.modules.distributions import distributions
from gardener.modules.finder import Location, ModuleFinder
from gardener.modules.installed import Installed
from gardener.modules.search_path import SearchPath, dotted_name, insertion
from gardener.pytest_config.settings import Layout, settings_by_folder


def finder(files, config=None, **search):
    """A finder over these paths; `config` are the texts of configuration files."""
    sources = {path: text.encode() for path, text in (config or {}).items()}
    layout = Layout(settings_by_folder(sources))
    if "names" in search:
        search["installed"] = Installed(frozenset(search.pop("names")))
    declared = distributions(sources)
    return ModuleFinder(files.split(), SearchPath(layout, declared, **search))


PYTHONPATH = {"pytest.ini": "[pytest]\npythonpath = code\n"}
APPEND = {"pytest.ini": "[pytest]\naddopts = --import-mode=append\n"}
IMPORTLIB = {"pytest.ini": "[pytest]\naddopts = --import-mode importlib\n"}
SRC = {"pyproject.toml": '[project]\nname = "app"\n'}
MONOREPO = "a/src/app/__init__.py a/tests/test_a.py b/src/app/__init__.py b/tests/test_b.py top.py"
TWO = {"a/pyproject.toml": '[project]\nname = "a"\n', "b/setup.cfg": "[metadata]\nname = b\n"}
RENAMED = {"setup.py": 'setup(name="app", package_dir={"app": "code/app_src"})'}

CASES = [
    # title, files, configuration, name, importing file, the file that it surely is
    ("the repository itself", "app/__init__.py app/x.py", {}, "app.x", "tests/test_x.py", "app/x.py"),
    ("a package before a module", "app.py app/__init__.py", {}, "app", "t.py", "app/__init__.py"),
    ("a module before its stub", "app.py app.pyi", {}, "app", "t.py", "app.py"),
    ("a stub alone", "app.pyi", {}, "app", "t.py", "app.pyi"),
    ("src", "src/app/__init__.py tests/test_x.py", {}, "app", "tests/test_x.py", "src/app/__init__.py"),
    ("src of a declared one", "src/app/__init__.py", SRC, "app", "tests/test_x.py", "src/app/__init__.py"),
    ("beside a test", "tests/test_x.py tests/kit.py", {}, "kit", "tests/test_x.py", "tests/kit.py"),
    ("above tests in a package", "t/__init__.py t/test_x.py t/kit.py", {}, "kit", "t/test_x.py", "t/kit.py"),
    ("beside a test, before the repository", "kit.py tests/kit.py tests/test_x.py", {}, "kit",
     "tests/test_x.py", "tests/kit.py"),
    ("... appended", "kit.py tests/kit.py tests/test_x.py", APPEND, "kit", "tests/test_x.py", ""),
    ("... not inserted at all", "kit.py tests/kit.py tests/test_x.py", IMPORTLIB, "kit", "tests/test_x.py", ""),
    ("pythonpath", "code/app.py", PYTHONPATH, "app", "tests/test_x.py", "code/app.py"),
    ("pythonpath before the top", "app.py code/app.py", PYTHONPATH, "app", "t.py", "code/app.py"),
    ("... in its order", "b/app.py a/app.py", {"pytest.ini": "[pytest]\npythonpath = b a"}, "app", "t.py", "b/app.py"),
    ("the top or src", "app.py src/app.py", SRC, "app", "t.py", ""),
    ("a namespace package", "ns/app/__init__.py", {}, "ns.app", "t.py", "ns/app/__init__.py"),
    ("a namespace itself has no file", "ns/app/__init__.py", {}, "ns", "t.py", ""),
    ("anywhere, if there is one", "deep/down/app/x.py", {}, "app.x", "t.py", "deep/down/app/x.py"),
    ("anywhere, twice", "d/up/app/x.py d/down/app/x.py", {}, "app.x", "t.py", ""),
    ("two of one name: mine", MONOREPO, {}, "app", "a/tests/test_a.py", "a/src/app/__init__.py"),
    ("two of one name: the other", MONOREPO, TWO, "app", "b/tests/test_b.py", "b/src/app/__init__.py"),
    ("two of one name: from neither", MONOREPO, TWO, "app", "top.py", ""),
    ("inside of a package", "a/app/__init__.py a/app/x.py app/__init__.py app/x.py", {}, "app.x",
     "a/app/y.py", "a/app/x.py"),
    ("a folder of another name", "code/app_src/__init__.py code/app_src/x.py", RENAMED, "app.x", "t.py",
     "code/app_src/x.py"),
    ("... the package itself", "code/app_src/__init__.py", RENAMED, "app", "t.py", "code/app_src/__init__.py"),
    ("a script's folder or the top", "kit.py tools/kit.py tools/run.py", {}, "kit", "tools/run.py", ""),
    ("nowhere", "app.py", {}, "other", "t.py", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "config", "name", "importing", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_module_is_found_where_python_would_find_it(files, config, name, importing, expected):
    found = finder(files, config)
    assert found.locate(name, importing).file == expected
    # What is surely meant is among what may be meant.
    assert {expected} - {""} <= set(found.resolve(name, posixpath.dirname(importing)))


HTTP = "app/__init__.py app/http.py app/x.py tests/test_x.py"
FOREIGN = [
    # title, files, configuration, name, importing file, all that may be meant
    ("beside in a package", HTTP, {}, "http", "app/x.py", []),
    ("beside in a folder without tests", "app/http.py app/x.py", {}, "http", "app/x.py", []),
    ("part of a package", HTTP, {}, "app.http", "tests/test_x.py", ["app/http.py"]),
    ("somewhere else", "deep/http.py", {}, "http", "t.py", []),
    ("in src, if that is only a folder", "src/http.py", {}, "http", "t.py", []),
    ("at the top", "http.py t.py", {}, "http", "t.py", ["http.py"]),
    ("in a declared src", "src/http.py", SRC, "http", "t.py", ["src/http.py"]),
    ("beside a test", "tests/http.py tests/test_x.py", {}, "http", "a.py", ["tests/http.py"]),
    ("beside a conftest", "tests/http.py tests/conftest.py", {}, "http", "a.py", ["tests/http.py"]),
    ("beside a test that adds nothing", "tests/http.py tests/test_x.py", IMPORTLIB, "http", "a.py", []),
    ("on pythonpath", "code/http.py", PYTHONPATH, "http", "t.py", ["code/http.py"]),
    ("another distribution", "app/__init__.py app/attr.py", {}, "attr", "app/x.py", []),
    ("another one in a namespace", "app/google/auth.py", {}, "google.auth", "app/x.py", []),
    ("the project's part of it", "app/google/mine.py", {}, "google.mine", "app/x.py", ["app/google/mine.py"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "config", "name", "importing", "expected"),
    [case[1:] for case in FOREIGN],
    ids=[case[0] for case in FOREIGN],
)
def test_a_foreign_name_is_no_like_named_file_elsewhere(files, config, name, importing, expected):
    found = finder(files, config, names={"attr", "google.auth"})
    assert list(found.resolve(name, posixpath.dirname(importing))) == expected
    location = found.locate(name, importing)
    assert list(location.files) == expected
    part_of_the_project = name in ("app.http", "google.mine")
    assert location.is_ambiguous == (bool(expected) and not part_of_the_project)


def test_a_package_of_a_foreign_name_means_itself_within_itself():
    found = finder("deep/http/__init__.py deep/http/x.py deep/http/y.py")
    assert found.locate("http.x", "deep/http/y.py") == Location(("deep/http/x.py",))
    assert found.resolve("http.x", "deep/http") == ("deep/http/x.py",)
    assert found.resolve("http.x", "deep") == ()


def test_two_folders_of_one_package():
    """Each is nearest to its own tests; selection takes both."""
    files = "a/one/x.py b/two/x.py"
    config = {
        f"{f}/setup.py": f"setup(package_dir={{'app': '{d}'}})"
        for f, d in (("a", "one"), ("b", "two"))
    }
    found = finder(files, config)
    assert set(found.resolve("app.x", "")) == {"a/one/x.py", "b/two/x.py"}
    assert found.locate("app.x", "b/tests/test_x.py").file == "b/two/x.py"
    assert found.locate("app.x", "t.py").is_ambiguous


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({}, ()),
        ({"environment": ("deep",)}, ("deep/http.py",)),
        ({"installed": Installed(entries=("deep",))}, ("deep/http.py",)),
        ({"installed": Installed(packages=(("http", "deep/mine"),))}, ("deep/mine/__init__.py",)),
        ({"is_changed_by_code": True}, ("deep/http.py",)),
    ],
)
def test_what_the_environment_adds_is_searched(search, expected):
    assert finder("deep/http.py deep/mine/__init__.py", **search).resolve("http", "") == expected


@pytest.mark.parametrize(
    ("files", "config", "path", "expected"),
    [
        ("app/__init__.py app/x.py", {}, "app/x.py", "app.x"),
        ("app/__init__.py app/x.py", {}, "app/__init__.py", "app"),
        ("src/app/__init__.py src/app/x.py", {}, "src/app/x.py", "app.x"),
        ("src/one.py", {}, "src/one.py", "one"),
        ("code/one.py", {}, "code/one.py", "code.one"),
        ("code/one.py", PYTHONPATH, "code/one.py", "one"),
        ("tests/test_x.py", {}, "tests/test_x.py", "tests.test_x"),
        ("code/app_src/__init__.py code/app_src/x.py", RENAMED, "code/app_src/x.py", "app.x"),
        ("code/app_src/__init__.py", RENAMED, "code/app_src/__init__.py", "app"),
        ("__init__.py", {}, "__init__.py", ""),
    ],
)
def test_a_file_is_named_as_it_is_imported(files, config, path, expected):
    assert finder(files, config).module_name(path) == expected


def test_paths_are_names():
    assert [dotted_name(p) for p in ("a/b.py", "a/__init__.py", "a.pyi")] == ["a.b", "a", "a"]
    files = {"x/a/__init__.py", "x/a/b/__init__.py"}
    assert insertion("x/a/b", files.__contains__) == "x"
    assert insertion("x", files.__contains__) == "x"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_new.py", True),  # it puts tests/ on sys.path, and with it tests/http.py
        ("tools/manage.py", False),
        ("app/test_new.py", False),  # the top is on it anyway
    ],
)
def test_it_is_known_which_file_lets_a_foreign_name_mean_another_one(path, expected):
    found = finder("app/__init__.py app/http.py http.py tests/http.py tools/x.py")
    assert found.hides_foreign(path) is expected
