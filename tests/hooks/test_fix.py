"""The command `gardener fix` on real repositories."""

import json
import marshal
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

OLD = "from datetime import datetime\nnow = datetime.utcnow()\n"
NEW = "from datetime import datetime, timezone\nnow = datetime.now(timezone.utc).replace(tzinfo=None)\n"
BUG = "from datetime import datetime\nnow = datetime.utcnow().timestamp()\n"


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def fix(repo, *args, stdin=b"", cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "gardener", "fix", *args],
        cwd=cwd or repo,
        input=stdin,
        capture_output=True,
        check=False,
    )


def git(repo, *args, **more):
    return subprocess.run(["git", *args], cwd=repo, check=True, capture_output=True, **more)


def test_files_as_arguments(repo):
    (repo / "a.py").write_text(OLD)
    (repo / "b.py").write_text("x = 1\n")
    done = fix(repo, "a.py", "b.py")
    assert (done.returncode, done.stdout) == (1, b"a.py\n")
    assert b"1 file changed (utcnow: 1)" in done.stderr
    assert (repo / "a.py").read_text() == NEW
    again = fix(repo, "a.py", "b.py")
    assert (again.returncode, again.stdout, again.stderr) == (0, b"", b"")


def test_without_paths_what_git_knows(repo):
    (repo / "known.py").write_text(OLD)
    (repo / "sub").mkdir()
    (repo / "sub" / "known.py").write_text(OLD)
    git(repo, "add", ".")
    (repo / "unknown.py").write_text(OLD)
    done = fix(repo, cwd=repo / "sub")
    assert sorted(done.stdout.decode().split()) == ["../known.py", "known.py"]
    assert (repo / "unknown.py").read_text() == OLD


def test_check_and_diff_write_nothing(repo):
    (repo / "a.py").write_text(OLD)
    git(repo, "add", ".")
    assert fix(repo, "--check").returncode == 1
    assert (repo / "a.py").read_text() == OLD
    diff = fix(repo, "--diff")
    assert (repo / "a.py").read_text() == OLD
    git(repo, "apply", input=diff.stdout)
    assert (repo / "a.py").read_text() == NEW


@pytest.mark.parametrize(
    "data",
    [
        OLD.replace("\n", "\r\n").encode(),
        OLD.rstrip("\n").encode(),
        b"\xef\xbb\xbf" + OLD.encode(),
        b"# coding: latin-1\n# \xe9\n" + OLD.encode(),
        b"from datetime import datetime\n\x0cnow = datetime.utcnow()\n",
    ],
    ids=["crlf", "no last newline", "bom", "latin-1", "form feed"],
)
@pytest.mark.parametrize("name", ["a.py", "with space.py", "ümlaut.py"])
def test_the_diff_applies_to_any_file(repo, data, name):
    (repo / name).write_bytes(data)
    diff = fix(repo, "--diff", name)
    git(repo, "apply", input=diff.stdout)
    applied = (repo / name).read_bytes()
    (repo / name).write_bytes(data)
    assert fix(repo, name).returncode == 1
    assert (repo / name).read_bytes() == applied != data


def test_bad_files_do_not_stop_the_others(repo):
    (repo / "broken.py").write_text("def (:\n")
    (repo / "broken_too.py").write_text("datetime.utcnow((\n")
    (repo / "latin.py").write_bytes(b"import datetime\nx = '\xe9', datetime.datetime.utcnow()\n")
    (repo / "good.py").write_text(OLD)
    done = fix(repo, "broken.py", "missing.py", "broken_too.py", "latin.py", "good.py")
    assert done.returncode == 2
    assert (repo / "good.py").read_text() == NEW
    told = done.stderr.decode()
    for name in ("missing.py", "broken_too.py", "latin.py"):
        assert sum(line.startswith(f"{name}: ") for line in told.splitlines()) == 1, told
    assert "broken.py" not in told  # nothing in it to mend, so it is not parsed
    assert "Traceback" not in told


def test_a_read_only_file_is_named(repo):
    path = repo / "a.py"
    path.write_text(OLD)
    path.chmod(0o444)
    done = fix(repo, "a.py")
    assert done.returncode == 2
    assert b"a.py: is read-only" in done.stderr
    assert path.read_text() == OLD


def test_mode_and_links_are_kept(repo):
    real = repo / "real.py"
    real.write_text(OLD)
    real.chmod(0o755)
    (repo / "link.py").symlink_to("real.py")
    assert fix(repo, "link.py").returncode == 1
    assert (repo / "link.py").is_symlink()
    assert real.read_text() == NEW
    assert stat.S_IMODE(real.stat().st_mode) == 0o755
    assert not list(repo.glob(".gardener-*"))


def test_a_file_outside_of_the_repository_is_refused(repo, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "a.py"
    outside.write_text(OLD)
    (repo / "link.py").symlink_to(outside)
    done = fix(repo, str(outside), "link.py")
    assert done.returncode == 2
    assert done.stderr.count(b"outside of the repository") == 2
    assert outside.read_text() == OLD


def test_no_repository(tmp_path):
    done = fix(tmp_path)
    assert done.returncode == 2
    assert b"not inside a git repository" in done.stderr


def test_an_unknown_codemod(repo):
    done = fix(repo, "--only", "utcnov")
    assert done.returncode == 2
    assert b"did you mean 'utcnow'?" in done.stderr


def test_only_and_skip(repo):
    (repo / "a.py").write_text(OLD)
    assert fix(repo, "--skip", "utcnow", "a.py").returncode == 0
    assert fix(repo, "--only", "pydantic-config", "a.py").returncode == 0
    assert fix(repo, "--only", "utcnow", "a.py").returncode == 1


def test_settings_of_the_project(repo):
    (repo / "pyproject.toml").write_text(
        '[tool.gardener.codemods]\nutcnow = "aware"\nexclude = ["gen"]\n'
    )
    (repo / "gen").mkdir()
    (repo / "gen" / "a.py").write_text(OLD)
    (repo / "a.py").write_text(OLD)
    fix(repo, "a.py", "gen/a.py")
    assert (repo / "gen" / "a.py").read_text() == OLD
    assert (repo / "a.py").read_text().endswith("now = datetime.now(timezone.utc)\n")


def test_codemods_that_stay_away_from_some_files(repo):
    (repo / "pyproject.toml").write_text(
        '[tool.gardener.codemods.per-path-skip]\n"tests/**" = ["utcnow"]\n"*_pb.py" = ["utcnow"]\n'
    )
    for name in ("a.py", "x_pb.py", "tests/deep/b.py"):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(OLD)
    git(repo, "add", ".")
    done = fix(repo)
    assert done.stdout == b"a.py\n"
    assert (repo / "tests" / "deep" / "b.py").read_text() == OLD
    assert (repo / "x_pb.py").read_text() == OLD
    (repo / "pyproject.toml").write_text(
        '[tool.gardener.codemods.per-path-skip]\n"tests/**" = ["utcnw"]\n'
    )
    wrong = fix(repo, "a.py")
    assert wrong.returncode == 2
    assert b"did you mean 'utcnow'?" in wrong.stderr


def test_what_is_only_written_in_a_string_patches_nothing(repo):
    """A table of code in a test is no patch; a call is one, wherever its target is written."""
    (repo / "app.py").write_text(OLD)
    (repo / "test_table.py").write_text(
        'CASES = ["""\nwith patch("app.datetime"):\n    pass\n"""]\nWORD = "patch(\'app.datetime\')"\n'
    )
    git(repo, "add", ".")
    assert fix(repo, "--check").stdout == b"app.py\n"
    (repo / "test_real.py").write_text(
        'from unittest.mock import patch\n\nTARGET = "app.datetime"\n\n\n'
        'def test():\n    with patch(TARGET), patch("os.getcwd"):\n        pass\n'
    )
    git(repo, "add", ".")
    done = fix(repo, "--check")
    assert done.stdout == b""
    assert b"test_real.py:7 mocks the datetime of this module" in done.stderr
    (repo / "test_real.py").write_text(
        "import app as application\n\n\ndef test(monkeypatch):\n"
        '    monkeypatch.setattr(application, "datetime", None)\n'
    )
    assert b"test_real.py:5 mocks" in fix(repo, "--check").stderr


def test_a_config_in_a_table_of_code_is_no_reference(repo):
    (repo / "app.py").write_text(
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    class Config:\n        frozen = True\n"
    )
    (repo / "test_table.py").write_text('CASES = ["""\nx = User.Config\n"""]\n')
    git(repo, "add", ".")
    assert fix(repo, "--check").stdout == b"app.py\n"
    for text in (
        "x: 'User.Config'\n",
        "import app\n\nx = app.User.Config\n",
        "getattr(x, 'Config')\n",
    ):
        (repo / "other.py").write_text(text)
        assert fix(repo, "--check", "app.py").stdout == b""


def test_generated_files_are_left(repo):
    (repo / "a.py").write_text("# Generated by a tool. DO NOT EDIT.\n" + OLD)
    (repo / "x_pb2.py").write_text(OLD)
    assert fix(repo, "a.py", "x_pb2.py").returncode == 0


@pytest.mark.parametrize("options", [(), ("--check",), ("app/_vendor/a.py", "app/b.py")])
def test_vendored_code_is_left_alone_in_one_line(repo, options):
    """A shop has vendors: such a folder is code of others where a linter leaves it out."""
    for name in ("_vendor/a", "_vendor/sub/b", "vendor/c", "lib/vendor/d", "b"):
        (repo / f"app/{name}.py").parent.mkdir(parents=True, exist_ok=True)
        (repo / f"app/{name}.py").write_text(OLD)
    (repo / ".flake8").write_text("[flake8]\nexclude = docs,app/lib/vendor\n")
    subprocess.run(["git", "add", "-A"], cwd=repo, check=True)
    named = "app/_vendor/a.py" in options
    for _ in range(2):
        done = fix(repo, *options, *(() if named else ("--format", "concise")))
        count, folders = (1, b"app/_vendor") if named else (3, b"app/_vendor, app/lib/vendor")
        assert (
            b"gardener: %d file%s of vendored code left alone (%s).\n"
            % (count, b"" if named else b"s", folders)
            in done.stderr
        ), done
        assert (repo / "app/_vendor/a.py").read_text() == OLD
        if options == ("--check",):
            assert done.stdout.count(b"would change") == 2, done
    document = json.loads(fix(repo, "--check", "--format", "json").stdout)
    assert document["vendored"] == 3 and document["notes"] == 0


def test_what_needs_a_human_is_told_and_blocks_only_if_strict(repo):
    (repo / "a.py").write_text(BUG)
    for options, code in (((), 0), (("--check",), 0), (("--strict",), 1)):
        done = fix(repo, *options, "a.py")
        assert done.returncode == code
        assert done.stderr.startswith(b"a.py:2: utcnow: ")
        assert b"`# gardener: skip` at the end of the line" in done.stderr
        assert done.stdout == b""
    read = [
        (options, fix(repo, *options, "-", stdin=BUG.encode())) for options in ((), ("--strict",))
    ]
    assert [done.returncode for _, done in read] == [0, 1]


def test_standard_input(repo):
    done = fix(repo, "-", stdin=OLD.encode())
    assert (done.returncode, done.stdout) == (1, NEW.encode())
    assert fix(repo, "-", stdin=b"x = 1\n").stdout == b"x = 1\n"
    broken = fix(repo, "-", stdin=b"datetime.utcnow((\n")
    assert (broken.returncode, broken.stdout) == (2, b"datetime.utcnow((\n")
    assert fix(repo, "-", "--check", stdin=OLD.encode()).stdout == b""
    assert fix(repo, "-", "a.py").returncode == 2


def test_json(repo):
    (repo / "a.py").write_text(OLD)
    (repo / "b.py").write_text(BUG)
    done = fix(repo, "--format", "json", "--check", "a.py", "b.py", "missing.py")
    told = json.loads(done.stdout)
    assert told["files"][0] == {
        "file": "a.py",
        "changed": True,
        "codemods": ["utcnow"],
        "notes": [],
    }
    assert told["files"][1]["notes"][0]["line"] == 2
    assert told["errors"][0]["file"] == "missing.py"
    assert (told["changed"], told["notes"], told["written"]) == (1, 1, False)
    nothing = fix(repo, "--format", "json", "--only", "pydantic-config", "a.py")
    assert json.loads(nothing.stdout)["files"] == []


def test_concise_and_github(repo):
    (repo / "a.py").write_text(OLD)
    (repo / "b.py").write_text(BUG)
    concise = fix(repo, "--check", "--format", "concise", "a.py", "b.py").stdout.decode()
    assert concise.startswith("a.py:1: utcnow: would change\nb.py:2: utcnow: ")
    github = fix(repo, "--check", "--format", "github", "a.py", "b.py").stdout.decode()
    assert "::notice file=a.py,line=1,title=gardener fix::" in github
    assert "::warning file=b.py,line=2,title=utcnow::" in github


def test_lines_are_those_of_the_file_that_is_there(repo):
    text = "from datetime import (\n    datetime,\n)\nnow = datetime.utcnow()\nlate = datetime.utcnow().timestamp()\n"
    (repo / "a.py").write_text(text)
    assert fix(repo, "--check", "a.py").stderr.startswith(b"a.py:5: ")
    assert fix(repo, "a.py").stderr.startswith(b"a.py:6: ")


def test_a_notebook(repo):
    cells = [
        {"cell_type": "markdown", "source": ["datetime.utcnow()\n"]},
        {"cell_type": "code", "source": OLD.splitlines(keepends=True), "outputs": []},
        {"cell_type": "code", "source": ["%time x\n", "datetime.utcnow()"], "outputs": []},
    ]
    before = json.dumps({"cells": cells, "nbformat": 4}, indent=1) + "\n"
    (repo / "n.ipynb").write_text(before)
    assert fix(repo, "n.ipynb").returncode == 1
    after = (repo / "n.ipynb").read_text()
    document = json.loads(after)
    assert "".join(document["cells"][1]["source"]) == NEW
    assert document["cells"][0] == cells[0]
    assert document["cells"][2] == cells[2]
    assert after == json.dumps(document, indent=1) + "\n"
    assert fix(repo, "n.ipynb").returncode == 0


def test_list_rules(repo):
    (repo / "old.py").write_text(
        "import warnings\nfrom new import x\nwarnings.warn('old is deprecated, use new', DeprecationWarning)\n"
    )
    (repo / "new.py").write_text("x = 1\n")
    (repo / "pyproject.toml").write_text(
        '[[tool.gardener.codemods.deprecated-import]]\nfrom = "a:B"\nto = "c:D"\n'
    )
    git(repo, "add", ".")
    told = fix(repo, "--list-rules")
    assert told.returncode == 0
    assert (
        "a:B -> c.D  [doubtful, not applied: c.D is not found]  pyproject.toml"
        in told.stdout.decode()
    )
    assert "old -> new" in told.stdout.decode()
    assert "old.py:3" in told.stdout.decode()


WARNS = "import warnings\n\nwarnings.warn('old is deprecated, use canonical path instead', DeprecationWarning)\n"
PASTED = (
    "# where Thing is now is not clear from old.py:3; one other definition has that name\n"
    "[[tool.gardener.codemods.deprecated-import]]\n"
    'from = "old:Thing"\nto = "app.new:Thing"\n'
)


def test_a_candidate_is_printed_that_can_be_pasted(repo):
    (repo / "app").mkdir()
    (repo / "tests").mkdir()
    (repo / "app" / "__init__.py").write_text("")
    # Both is here twice, Alone nowhere, and what a test defines or takes other arguments is no new home.
    (repo / "old.py").write_text(
        f"{WARNS}\n\nclass Thing: ...\n\n\ndef both(): ...\n\n\ndef alone(): ...\n\n\ndef kind(): ...\n"
        "\n\ndef called(a, b): ...\n"
    )
    (repo / "app" / "new.py").write_text(
        "class Thing:\n    x = 1\n\n\ndef both(): ...\n\n\nasync def kind(): ...\n"
        "\n\ndef called(*, a, b): ...\n"
    )
    (repo / "app" / "newer.py").write_text("def both(): ...\n")
    (repo / "tests" / "test_a.py").write_text("def alone(): ...\n")
    (repo / "user.py").write_text("from old import Thing\n")
    git(repo, "add", ".")
    assert b"Thing is deprecated (old.py:3), left as it is: its new home" in fix(repo).stderr
    printed = fix(repo, "--list-rules").stdout.decode()
    assert "old -> where the module itself takes each name from" in printed
    block = printed[printed.index("# Candidates") :]
    assert block.partition("\n\n")[2] == PASTED
    (repo / "pyproject.toml").write_text(block)
    assert fix(repo).returncode == 1
    assert (repo / "user.py").read_text() == "from app.new import Thing\n"


def test_rules_from_a_report(repo):
    (repo / "old.py").write_text("from new import get\n")
    (repo / "new.py").write_text("def get(a): ...\n")
    (repo / "a.py").write_text("from old import get\n")
    report = {
        "schema": 1,
        "created": "2026-01-01T00:00:00Z",
        "warnings": [
            {
                "category": "DeprecationWarning",
                "message": "old is deprecated. Use 'from new import get' instead.",
                "file": "a.py",
                "line": 1,
            }
        ],
    }
    (repo / "report.json").write_text(json.dumps(report))
    assert fix(repo, "a.py").returncode == 0
    assert fix(repo, "--from-report", "report.json", "a.py").returncode == 1
    assert (repo / "a.py").read_text() == "from new import get\n"
    assert fix(repo, "--from-report", "missing.json", "a.py").returncode == 2


def many(repo, count=60):
    for number in range(count):
        (repo / f"m{number}.py").write_text(f"x = {number}\n")
    for path in repo.glob("*.py"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    git(repo, "add", ".")


def test_clean_files_are_remembered_and_changes_are_seen(repo, monkeypatch):
    many(repo)
    record = repo / ".git" / "gardener" / "fix-clean"
    assert fix(repo).returncode == 0
    assert record.exists()
    import time

    time.sleep(2.1)  # what changed just now is not trusted
    fix(repo)
    fix(repo)
    (repo / "m7.py").write_text(OLD)
    done = fix(repo)
    assert (done.returncode, done.stdout) == (1, b"m7.py\n")
    (repo / "m8.py").write_text("from m9 import x\n")
    (repo / "m9.py").write_text(
        "import warnings\nfrom m1 import x\nwarnings.warn('m9 is deprecated', DeprecationWarning)\n"
    )
    done = fix(repo)
    assert (done.returncode, done.stdout) == (1, b"m8.py\n")
    record.write_bytes(b"\xff\x00nonsense")
    assert fix(repo).returncode == 0


def test_a_module_that_becomes_deprecated_is_seen_by_files_that_did_not_change(repo):
    many(repo)
    (repo / "user.py").write_text("from m9 import x\n")
    os.utime(repo / "user.py", (1_600_000_000, 1_600_000_000))
    git(repo, "add", ".")
    import time

    time.sleep(2.1)
    assert fix(repo).returncode == 0
    (repo / "m9.py").write_text(
        "import warnings\nfrom m1 import x\nwarnings.warn('m9 is deprecated', DeprecationWarning)\n"
    )
    done = fix(repo)
    assert (done.returncode, done.stdout) == (1, b"user.py\n")


def test_many_files_over_several_processes(repo):
    for number in range(170):
        (repo / f"m{number}.py").write_text(OLD)
    (repo / "bad.py").write_text("datetime.utcnow((\n")
    git(repo, "add", ".")
    done = fix(repo)
    assert done.returncode == 1
    assert done.stdout.count(b"\n") == 170
    assert b"bad.py: does not parse" in done.stderr
    assert all((repo / f"m{n}.py").read_text() == NEW for n in range(170))


def test_a_codemod_of_the_repository(repo):
    folder = repo / ".gardener" / "codemods"
    folder.mkdir(parents=True)
    (folder / "no_foo.py").write_text(
        '"""Replace foo() by bar()."""\n\n'
        "import libcst as cst\n\nfrom gardener.codemod import Command\n\n"
        'NEEDLES = (b"foo",)\n\n\n'
        "class NoFoo(Command):\n"
        "    def find(self, module):\n"
        "        for call in self.index.find(cst.Call):\n"
        '            if self.meaning(call.func) == "lib.foo":\n'
        '                self.change(call.func, lambda f: f.with_changes(attr=cst.Name("bar")))\n'
    )
    (repo / "a.py").write_text("import lib\n\nlib.foo(1)  # one\n")
    done = fix(repo, "a.py")
    assert done.returncode == 1, done.stderr
    assert (repo / "a.py").read_text() == "import lib\n\nlib.bar(1)  # one\n"
    listed = subprocess.run(
        [sys.executable, "-m", "gardener", "codemods"], cwd=repo, capture_output=True, check=True
    )
    assert b"no-foo" in listed.stdout


@pytest.mark.parametrize(
    "body",
    [
        "n.with_changes(args=[cst.Arg(cst.Name('in valid'))])",
        "n.with_changes(args=[cst.Arg(cst.Name('a, foo'))])",
    ],
    ids=["does not parse", "is changed again"],
)
def test_a_bad_edit_is_not_written(repo, body):
    folder = repo / ".gardener" / "codemods"
    folder.mkdir(parents=True)
    (folder / "bad.py").write_text(
        '"""Bad."""\n\nimport libcst as cst\n\nNEEDLES = (b"foo",)\n\n\n'
        "class Bad(cst.CSTTransformer):\n"
        f"    def leave_Call(self, o, n):\n        return {body}\n"
    )
    text = "import lib\n\nlib.foo(1)\n"
    (repo / "a.py").write_text(text)
    done = fix(repo, "--only", "bad", "a.py")
    assert (repo / "a.py").read_text() == text
    assert b"left as it is" in done.stderr


def test_a_codemod_of_the_former_kind_is_told_how_to_go_on(repo):
    folder = repo / ".gardener" / "codemods"
    folder.mkdir(parents=True)
    (folder / "no_foo.py").write_text(
        '"""No foo."""\n\nfrom gardener.codemod import Edit\n\nNEEDLES = (b"foo",)\n\n\n'
        "def rewrite(source, project):\n    yield Edit(0, 1, 'x')\n"
    )
    (repo / "a.py").write_text("foo\n")
    done = fix(repo, "a.py")
    assert done.returncode == 2
    assert (repo / "a.py").read_text() == "foo\n"
    assert done.stderr.count(b"\n") == 1
    assert b"'no-foo' of .gardener/codemods/no_foo.py yields edits by rewrite()" in done.stderr
    assert b"write it as a command of libcst" in done.stderr


def test_the_command_codemods(repo):
    listed = subprocess.run(
        [sys.executable, "-m", "gardener", "codemods"], cwd=repo, capture_output=True, check=True
    )
    assert {line.split()[0] for line in listed.stdout.decode().splitlines()} >= {
        "utcnow",
        "pydantic-config",
        "deprecated-import",
    }
    one = subprocess.run(
        [sys.executable, "-m", "gardener", "codemods", "utcnow"],
        cwd=repo,
        capture_output=True,
        check=True,
    )
    assert b"# utcnow" in one.stdout
    assert b"becomes" in one.stdout
    unknown = subprocess.run(
        [sys.executable, "-m", "gardener", "codemods", "utcnw"], cwd=repo, capture_output=True
    )
    assert unknown.returncode == 2


def test_the_no_op_path_imports_nothing_heavy(repo):
    (repo / "a.py").write_text("x = 1\n")
    script = (
        "import sys\nimport click\nbefore = set(sys.modules)\n"  # click brings some on 3.10
        "from gardener.cli import main\nassert main(['fix', 'a.py']) == 0\n"
        "heavy = {'msgspec', 'libcst', 'rich', 'github', 'subprocess', 'difflib', 'tomllib'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo, capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\n"
    assert Path(repo / "a.py").read_text() == "x = 1\n"


@pytest.mark.untraced
def test_a_hook_with_nothing_to_do_does_without_click(repo):
    (repo / "a.py").write_text("x = 1\n")
    (repo / "b.py").write_text(OLD)
    script = (
        "import sys\nfrom gardener.__main__ import main\n"
        "sys.argv = ['gardener', 'fix', 'a.py']\nassert main() == 0\n"
        "print(sorted({'click', 'msgspec', 'libcst', 'tokenize'} & set(sys.modules)))\n"
        "sys.argv = ['gardener', 'fix', '--check', 'a.py', 'b.py']\nassert main() == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo, capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\nb.py\n"
    (repo / "pyproject.toml").write_text("[tool.gardener]\nwrong = 1\n")
    assert fix(repo, "a.py").returncode == 2


def test_what_had_to_be_parsed_and_was_silent_is_remembered_too(repo):
    """While nothing at all has changed; another file may make it speak."""
    for number in range(60):
        (repo / f"m{number}.py").write_text("x = 1\n")
    (repo / "models.py").write_text(
        "import pydantic\nfrom above import Above\n\n\nclass A(Above):\n    class Config:\n        frozen = True\n"
    )
    (repo / "above.py").write_text("class Above:\n    pass\n")
    git(repo, "add", ".")
    old = 1_700_000_000
    for path in repo.glob("*.py"):
        os.utime(path, (old, old))
    time.sleep(2.1)  # a file that has just been written is not trusted
    assert fix(repo).returncode == 0
    record = marshal.loads((repo / ".git" / "gardener" / "fix-clean").read_bytes())
    assert list(record[2]) == ["models.py"]
    assert fix(repo).returncode == 0
    (repo / "above.py").write_text("from pydantic import BaseModel as Above\n")
    assert fix(repo).stdout == b"models.py\n"
    assert "ConfigDict" in (repo / "models.py").read_text()


def test_the_name_of_a_file_ends_no_annotation(repo):
    name = "a,b: 50%\n::error::pwned.py"
    (repo / name).write_bytes(b"import datetime\nx = datetime.datetime.utcnow()\n")
    shown = fix(repo, "--check", "--format", "github", name).stdout.decode()
    (line,) = [line for line in shown.splitlines() if line.lstrip().startswith("::")]
    assert line.startswith("::notice file=a%2Cb%3A 50%25%0A%3A%3Aerror%3A%3Apwned.py,line=2,")
