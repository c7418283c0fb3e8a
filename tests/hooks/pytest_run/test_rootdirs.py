"""Which runs of pytest the selected tests need."""

import pytest
from gardener.hooks.pytest_run.execution import NOT_FOUND, named_arguments, widened, wider_argument
from gardener.hooks.pytest_run.injection import COMMAND_LINE, pytest_command
from gardener.hooks.pytest_run.picked_tests import rerooted
from gardener.hooks.pytest_run.rootdirs import ConfiguredTree, Invocation, invocations

ALL_FILES = (
    "a/pytest.ini",
    "a/tests/test_a.py",
    "b/pyproject.toml",
    "b/tests/test_b.py",
    "a/deep/pytest.ini",
    "plain/pyproject.toml",
)


@pytest.fixture
def root(tmp_path):
    for name in ALL_FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b/pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "plain/pyproject.toml").write_text("[tool.ruff]\n")
    return tmp_path


def runs(root, tests, files=()):
    return {
        str(run.folder.relative_to(root)): run.arguments
        for run in invocations(ConfiguredTree(root, lambda: files), tests)
    }


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        (["a/tests/test_a.py::test_x[c::d]"], {"a": ("tests/test_a.py::test_x[c::d]",)}),
        (
            ["a/tests/test_a.py", "b/tests/test_b.py::TestB::test_b"],
            {"a": ("tests/test_a.py",), "b": ("tests/test_b.py::TestB::test_b",)},
        ),
        (["a/deep/test_d.py"], {"a/deep": ("test_d.py",)}),
        (["plain/test_p.py"], {".": ("plain/test_p.py",)}),
        (["-odd/test_o.py", "@f.py"], {".": ("./-odd/test_o.py", "./@f.py")}),
        (["a/x/test_a.py", "a/x/test_a.py"], {"a": ("x/test_a.py",)}),
    ],
)
def test_each_test_runs_in_its_rootdir(root, tests, expected):
    assert runs(root, tuple(tests)) == expected


def test_with_an_ini_file_at_the_top_each_part_is_run_from_there(root):
    (root / "pytest.ini").touch()
    files = (*ALL_FILES, "pytest.ini", "tests/test_t.py")

    def arguments(tests):
        made = invocations(ConfiguredTree(root, lambda: files), tests)
        assert {run.folder for run in made} == {root}
        return sorted(run.arguments for run in made)

    one, other = "a/tests/test_a.py::test_x", "b/tests/test_b.py"
    assert arguments((one,)) == [(one,)]
    assert arguments((one, "tests/test_t.py", other)) == [(one,), (other,), ("tests/test_t.py",)]
    assert arguments(None) == [("--ignore=a", "--ignore=b"), ("a",), ("b",)]
    (root / "a/pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    assert arguments((".",)) == [(".", "--ignore=a", "--ignore=b"), ("a/tests",), ("b",)]
    assert arguments(("tests", "a")) == [("a",), ("tests",)]


def test_what_is_no_file_configures_nothing(root):
    (root / "a/pytest.ini").unlink()  # git lists it all the same
    (root / "b/pytest.ini").symlink_to("/dev/zero")
    tree = ConfiguredTree(root, lambda: (*ALL_FILES, "b/pytest.ini"))
    assert list(tree.layout.settings) == ["a/deep", "b"]
    assert tree.layout.settings["b"].python_files == ("test_*.py", "*_test.py")


@pytest.mark.parametrize("kept_out", ["addopts = --ignore=a --ignore=b", "norecursedirs = a b"])
def test_what_the_top_keeps_pytest_out_of_is_no_part(root, kept_out):
    (root / "pytest.ini").write_text(f"[pytest]\n{kept_out}\n")
    files = (*ALL_FILES, "pytest.ini", "tests/test_t.py")
    assert runs(root, None, files) == {".": ()}
    assert runs(root, ("a/tests/test_a.py",), files) == {".": ("a/tests/test_a.py",)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (ALL_FILES, {"a": (), "b": ()}),
        (
            (*ALL_FILES, "plain/test_p.py"),
            {".": ("--ignore=a", "--ignore=b"), "a": (), "b": ()},
        ),
        (("plain/test_p.py",), {".": ()}),
        ((), {".": ()}),
    ],
)
def test_everything_is_each_rootdir_and_what_lies_outside(root, files, expected):
    assert runs(root, None, files) == expected


@pytest.mark.parametrize(
    ("argument", "wider"),
    [
        ("tests/test_a.py::TestA::test_x[1]", "tests/test_a.py"),
        ("tests/test_a.py", "tests/test_a.py"),
        ("tests", "tests"),
        ("docs/guide.rst", "docs"),
        ("docs/guide.rst::guide.rst", "docs/guide.rst"),
    ],
)
def test_a_refused_test_is_asked_for_by_its_file(argument, wider):
    assert wider_argument(argument) == wider


def test_only_what_pytest_did_not_find_is_asked_for_by_its_file(tmp_path):
    log = tmp_path / "log"
    paths = ("t.py::test_a", "t.py::TestA::test_b", "u.py::test_c", "./-v.py::test_d")
    made = Invocation(tmp_path, (*paths, "--ignore=x"))
    log.write_text(f"ERROR: not found: {tmp_path}/t.py::TestA::test_b\n(no match in any of [])\n")
    missing = named_arguments(made, log, NOT_FOUND)
    assert missing == ["t.py::TestA::test_b"]
    assert widened(made, missing).arguments == ("t.py", *paths[2:], "--ignore=x")
    log.write_text("ERROR: not found: what nobody asked for\n")
    assert named_arguments(made, log, NOT_FOUND) == list(paths)
    log.write_text("ERROR: unrecognized arguments: --cov\n")
    assert named_arguments(made, log, NOT_FOUND) == []


def test_a_long_list_of_tests_travels_in_a_file(tmp_path):
    tests = tuple(f"tests/test_{n}.py::test_ü" for n in range(COMMAND_LINE // 20))
    command = pytest_command("python", tests, tmp_path)
    assert len(command) == 4
    assert (tmp_path / "arguments").read_bytes().decode().split("\0")[-1] == tests[-1]
    assert pytest_command("python", tests[:2], tmp_path)[-2:] == tests[:2]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("old", "new"),
        ("old/lib", "new/lib"),
        ("older/lib", "older/lib"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_a_path_of_the_old_tree_becomes_one_of_the_new(tmp_path, path, expected):
    top = tmp_path.resolve()
    assert rerooted(str(top / path), str(top / "old"), str(top / "new")) == str(top / expected)
