"""What a build turns into something that tests import: they never open it, so no record acquits it."""

import subprocess
import sys

import pytest

from gardener.cli import main

pytestmark = pytest.mark.slow
SETUP = """import pathlib
FIELDS = pathlib.Path("spec/fields.json").read_text()
METHODS = pathlib.Path("proto/calls.proto").read_text()
CORE = pathlib.Path("src/core.c").read_text()
pathlib.Path("shop/_built.py").write_text(f"ALL = {[FIELDS, METHODS, CORE]!r}\\n")
"""
FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    ".gitignore": "_built.py\n",
    "setup.py": SETUP,
    "spec/fields.json": "one",
    "spec/README.txt": "about one",
    "proto/calls.proto": "one",
    "src/core.c": "one",
    "shop/__init__.py": "",
    "shop/rates.h": "one",
    "tests/data/sample.c": "one",
    "tests/test_built.py": (
        "def test_built():\n    from shop import _built\n    assert set(_built.ALL) == {'one'}\n"
    ),
    "tests/test_headers.py": (
        "import pathlib\n\ndef test_copyright():\n"
        "    for folder in ('src', 'shop'):\n        for file in pathlib.Path(folder).glob('*'):\n"
        "            assert file.is_dir() or file.read_text() or file.name == '__init__.py'\n"
    ),
    "tests/test_parser.py": (
        "import pathlib\n\ndef test_parser():\n"
        "    assert (pathlib.Path(__file__).parent / 'data' / ('sam' + 'ple.c')).read_text()\n"
    ),
    "tests/test_plain.py": "def test_plain():\n    pass\n",
}


def build(root):
    subprocess.run([sys.executable, "setup.py"], cwd=root, check=True)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The project, built and recorded."""
    root = tmp_path_factory.mktemp("built") / "repo"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "base")):
        subprocess.run(["git", *command], cwd=root, check=True)
    build(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["run", "--all", "-q", "--python", sys.executable]) == 0
    return root


def selected(root, path, monkeypatch, capsys):
    """What the change of one file selects."""
    monkeypatch.chdir(root)
    (root / path).write_text("two")
    try:
        capsys.readouterr()
        main(["impacted", "--worktree", "--format", "nodeids"])
        return {test.partition("::")[0] for test in capsys.readouterr().out.split()}
    finally:
        subprocess.run(["git", "checkout", "-q", path], cwd=root, check=True)


@pytest.mark.parametrize(
    "path",
    [
        # The first is no source by its name, but the build says it; of the second nobody has to
        # say anything; the third is read by a test, too, and the last by that test alone.
        "spec/fields.json",
        "proto/calls.proto",
        "src/core.c",
        "shop/rates.h",
    ],
)
def test_what_is_built_from_it_may_be_in_any_test(recorded, monkeypatch, capsys, path):
    assert selected(recorded, path, monkeypatch, capsys) == {"ALL"}


def test_the_build_does_change_what_the_test_imports(recorded):
    (recorded / "src/core.c").write_text("two")
    build(recorded)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/test_built.py",
    ]
    assert subprocess.run(command, cwd=recorded, check=False).returncode == 1
    subprocess.run(["git", "checkout", "-q", "src/core.c"], cwd=recorded, check=True)
    build(recorded)


def test_a_source_that_tests_read_as_data_is_for_them(recorded, monkeypatch, capsys):
    found = selected(recorded, "tests/data/sample.c", monkeypatch, capsys)
    assert found == {"tests/test_parser.py"}


def test_what_nothing_is_built_from_runs_nothing(recorded, monkeypatch, capsys):
    assert selected(recorded, "spec/README.txt", monkeypatch, capsys) == set()
