"""Programs that a shell or `make` starts: the scripts between a test and the code count."""

import subprocess

import pytest

from gardener.cli import main

APP = {
    "app/__init__.py": "",
    "app/__main__.py": "from app.core import answer\nprint(answer())\n",
    "app/core.py": "def answer(): return 1\n",
    "app/other.py": "def unused(): return 1\n",
    "tool.py": "from app.core import answer\ndef main(): print(answer())\n",
    "pyproject.toml": "[project]\nname = 'app'\nversion = '1'\n[project.scripts]\napptool = 'tool:main'\n",
    "test_none.py": "def test_none(): pass\n",
}
STARTS = "import subprocess\ndef test_it():\n    subprocess.run({}, shell=True, check=True)\n"

# What starts the application: the scripts, and what the test says.
WAYS = {
    "make": ({"Makefile": "run:\n\t@python -m app\n"}, "'make -s run'"),
    "make in a line": ({"Makefile": "run:\n\t@python -m app\n"}, "'cd . && make run'"),
    "make as a list": ({"Makefile": "run:\n\t@python -m app\n"}, "['make', 'run']"),
    "a script": ({"bin/run.sh": 'exec python -m app "$@"\n'}, "'sh bin/run.sh --fast'"),
    "a script of a list": ({"run.sh": "python -m app\n"}, "['sh', 'run.sh']"),
    "a path": ({"run.sh": "python ./tool.py\n"}, "'./run.sh'"),
    "an entry point": ({"run.sh": "apptool --all\n"}, "'./run.sh'"),
    "a line of Python": ({"run.sh": "python -c 'import tool; tool.main()'\n"}, "'./run.sh'"),
    "a script that make starts": (
        {"Makefile": "run:\n\tsh deep/inner.sh\n", "deep/inner.sh": "python -m app\n"},
        "'make run'",
    ),
    "make in a script": (
        {"Makefile": "run:\n\tpython -m app\n", "run.sh": "make run\n"},
        "'bash run.sh'",
    ),
    "another makefile": (
        {"Makefile": "run:\n\t$(MAKE) -C sub\n", "sub/Makefile": "all:\n\tpython -m app\n"},
        "'make run'",
    ),
    "just": ({"justfile": "run:\n    python -m app\n"}, "['just', 'run']"),
}


def impacted(root, monkeypatch, capsys, files, change, executable=()):
    """The test files that a change selects, without a record."""
    for path, text in {**APP, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for path in executable:
        (root / path).chmod(0o755)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "base")):
        subprocess.run(["git", *command], cwd=root, check=True)
    for path, text in change.items():
        (root / path).write_text(text)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    monkeypatch.chdir(root)
    main(["impacted", "--staged", "--format", "nodeids"])
    return {test.partition("::")[0] for test in capsys.readouterr().out.split()}


@pytest.mark.parametrize("way", WAYS)
def test_code_behind_a_script(tmp_path, monkeypatch, capsys, way):
    scripts, command = WAYS[way]
    files = {**scripts, "test_it.py": STARTS.format(command)}
    change = {"app/core.py": "def answer(): return 2\n"}
    assert impacted(tmp_path, monkeypatch, capsys, files, change) == {"test_it.py"}


@pytest.mark.parametrize("way", WAYS)
def test_other_code(tmp_path, monkeypatch, capsys, way):
    scripts, command = WAYS[way]
    files = {**scripts, "test_it.py": STARTS.format(command)}
    change = {"app/other.py": "def unused(): return 2\n"}
    assert impacted(tmp_path, monkeypatch, capsys, files, change) == set()


@pytest.mark.parametrize("changed", ["Makefile", "settings.cfg"])
def test_a_script_and_what_it_names(tmp_path, monkeypatch, capsys, changed):
    files = {
        "Makefile": "run:\n\tcat settings.cfg\n",
        "settings.cfg": "a = 1\n",
        "test_it.py": STARTS.format("'make run'"),
    }
    found = impacted(tmp_path, monkeypatch, capsys, files, {changed: files[changed] + "\n# x\n"})
    assert "test_it.py" in found or found == {"ALL"}


def test_a_fixture_that_starts_it(tmp_path, monkeypatch, capsys):
    files = {
        "run.sh": "python -m app\n",
        "conftest.py": "import pytest, subprocess\n@pytest.fixture\ndef served():\n"
        "    return subprocess.Popen(['bash', 'run.sh'])\n",
        "test_it.py": "def test_it(served): pass\n",
    }
    change = {"app/core.py": "def answer(): return 2\n"}
    assert impacted(tmp_path, monkeypatch, capsys, files, change) == {"test_it.py"}


STARTED = {
    "a path": "'sh ops/tool now'",
    "a path from another folder": "'cd ops && ./tool'",
    "a path of which the beginning is known later": "'$OPS/tool'",
    "a path with a part that is known later": "f'{here}/ops/tool'",
    "an absolute path": "'/srv/app/ops/tool'",
    "a list": "['ops/tool', 'now']",
}
NOT_STARTED = {
    "a text that begins so": "'tool released'",
    "another folder": "'/tool/check/{id}/tool'",
    "a path to another one": "'other/tool'",
}


def by_the_test(tmp_path, monkeypatch, capsys, line, said):
    files = {"ops/tool": f"{line}python -m app\n", "test_it.py": STARTS.format(said)}
    change = {"app/core.py": "def answer(): return 2\n"}
    return "test_it.py" in impacted(tmp_path, monkeypatch, capsys, files, change, ["ops/tool"])


@pytest.mark.parametrize("said", STARTED.values(), ids=list(STARTED))
@pytest.mark.parametrize("line", ["#!/bin/sh\n", ""], ids=["a program", "a file for a shell"])
def test_a_script_whose_name_has_no_ending(tmp_path, monkeypatch, capsys, line, said):
    assert by_the_test(tmp_path, monkeypatch, capsys, line, said)


@pytest.mark.parametrize("said", NOT_STARTED.values(), ids=list(NOT_STARTED))
def test_what_starts_no_script_whose_name_has_no_ending(tmp_path, monkeypatch, capsys, said):
    assert not by_the_test(tmp_path, monkeypatch, capsys, "", said)


@pytest.mark.parametrize("at", ["test_it.py", "app/runs.py"])
def test_a_command_of_that_name(tmp_path, monkeypatch, capsys, at):
    files = {
        "ops/tool": "#!/bin/sh\npython -m app\n",
        "test_it.py": "import app.runs\ndef test_it(): app.runs.go()\n",
        "app/runs.py": "def go(): pass\n",
        at: f"{STARTS.format(repr('tool now'))}\ndef go(): test_it()\n",
    }
    change = {"app/core.py": "def answer(): return 2\n"}
    found = impacted(tmp_path, monkeypatch, capsys, files, change, ["ops/tool"])
    assert ("test_it.py" in found) is (at == "test_it.py")  # an application does not expect it


def test_a_folder_is_no_program(tmp_path, monkeypatch, capsys):
    files = {
        "run.sh": "ls apptool/files\n",
        "test_it.py": STARTS.format("'sh run.sh'"),
    }
    change = {"app/core.py": "def answer(): return 2\n"}
    assert "test_it.py" not in impacted(tmp_path, monkeypatch, capsys, files, change)
