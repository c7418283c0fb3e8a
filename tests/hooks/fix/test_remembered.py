"""What an earlier run found out is told again without parsing anything."""

import marshal
import os
import subprocess
import sys

import pytest
from gardener.hooks.fix.apply import Outcome, remembered
from gardener.hooks.fix.clean_cache import CleanCache

from gardener.codemod.file_text import Remark
from gardener.codemod.kept import Kept
from gardener.codemod.model import Mended

NOTED = "from datetime import datetime\n\nx = datetime.utcnow().timestamp()\n"
SETTLED = (
    "import sys\n"
    "from gardener.hooks.fix import clean_cache\n"
    "clean_cache._RACY = -(10**18)\n"
    "from gardener.cli import main\n"
)
BROKEN = "from datetime import datetime\n\nx = datetime.utcnow((\n"


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for number in range(60):
        (tmp_path / f"m{number}.py").write_text("x = 1\n")
    (tmp_path / "noted.py").write_text(NOTED)
    (tmp_path / "broken.py").write_text(BROKEN)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return tmp_path


def run(repo, *options, parses):
    """Run `gardener fix` in a process that counts as settled what was written just now."""
    command = f"code = main(['fix', *{options!r}])\n"
    script = f"{SETTLED}{command}print('libcst' in sys.modules)\nsys.exit(code)\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo, capture_output=True, text=True, check=False
    )
    *printed, parsed = done.stdout.splitlines(keepends=True)
    assert parsed == f"{parses}\n", done.stderr
    return done.returncode, "".join(printed), done.stderr


def fix(repo, *, parses):
    code, printed, said = run(repo, parses=parses)
    assert not printed
    return code, said


@pytest.mark.slow
def test_notes_and_files_that_do_not_parse_are_told_again_without_parsing(repo):
    first = fix(repo, parses=True)
    assert "noted.py:3: utcnow" in first[1]
    assert "broken.py: does not parse" in first[1]
    assert fix(repo, parses=False) == first
    (repo / "m1.py").write_text("import m2\n")
    assert fix(repo, parses=True) == first  # what is said may rest on other files
    (repo / "noted.py").write_text("x = 1\n")
    assert "noted.py" not in fix(repo, parses=True)[1]


CHANGED = "import os\nfrom datetime import datetime\n\n\ndef now():\n    return datetime.utcnow()\n"


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--check",), ("--diff",), ("--check", "--format=github")])
def test_what_would_change_is_told_again_without_parsing(repo, options):
    (repo / "a.py").write_text(CHANGED)
    (repo / "z.py").write_text(CHANGED + NOTED)
    subprocess.run(["git", "add", "."], cwd=repo, check=True)
    first = run(repo, *options, parses=True)
    assert first[0] == 1
    assert "z.py" in first[1]
    assert "noted.py" in first[1] + first[2]
    assert run(repo, *options, parses=False) == first
    # What is written is what was said.
    diff = run(repo, "--diff", parses=False)[1]
    assert run(repo, parses=False)[0] == 1
    committed = subprocess.run(["git", "diff"], cwd=repo, capture_output=True, text=True).stdout
    added = [line for line in committed.splitlines() if line.startswith("+ ")]
    assert added and added == [line for line in diff.splitlines() if line.startswith("+ ")]
    assert run(repo, *options, parses=True)[0] == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nb\nc"),
        (b"a\nb\nc", b"a\nb"),
        (b"a\na\na\n", b"a\na\n"),
        (b"a\na\n", b"a\na\na\n"),
        (b"a", b""),
        (b"", b"a\n"),
        (b"\n\n", b"\n"),
    ],
)
def test_a_change_is_kept_as_the_part_that_differs(tmp_path, before, after):
    file = tmp_path / "f.py"
    file.write_bytes(before)
    outcome = Outcome(str(file), Mended(before, after, ("utcnow",), (("utcnow", Remark(1, "so")),)))
    told = marshal.loads(marshal.dumps(outcome.told))
    assert remembered(str(file), told) == outcome
    file.write_bytes(before + b"#")
    assert remembered(str(file), told) is None
    file.unlink()
    assert remembered(str(file), told) is None


LOCK = '[[package]]\nname = "SQLAlchemy"\nversion = "{}"\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("poetry.lock", LOCK.format("1.3.24"), LOCK.format("2.0.36")),
        ("requires/base.txt", "sqlalchemy<1.4\n", "sqlalchemy>=2.0\n"),
        ("app/pyproject.toml", 'dependencies = ["sqlalchemy<1.4"]', 'dependencies = ["sqlalchemy>=2"]'),
    ],
    ids=lambda value: value if "/" in value or value.endswith(".lock") else "",
)  # fmt: skip
def test_a_file_with_nothing_to_do_is_asked_again_after_an_upgrade(repo, name, old, new):
    (repo / "app").mkdir()
    (repo / "app" / "db.py").write_text("from sqlalchemy.ext.declarative import declarative_base\n")
    (repo / name).parent.mkdir(parents=True, exist_ok=True)
    (repo / name).write_text(old)
    subprocess.run(["git", "add", "."], cwd=repo, check=True)
    script = f"{SETTLED}sys.exit(main(['fix', '--check', '--only', 'moved-names']))"
    for version, changed in ((old, ""), (old, ""), (new, "app/db.py\n")):
        if (repo / name).read_text() != version:
            (repo / name).write_text(version)
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=repo, capture_output=True, text=True
        )
        assert (done.stdout, done.returncode) == (changed, int(bool(changed))), done.stderr


def test_answers_are_kept_by_content(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    made = []

    def answer(kept, content):
        def make():
            made.append(content)
            return [content.decode()]

        return kept.of(content, make)

    kept = Kept(tmp_path, "answers")
    assert [answer(kept, b"a"), answer(kept, b"b"), answer(kept, b"a")] == [["a"], ["b"], ["a"]]
    kept.save()
    assert answer(Kept(tmp_path, "answers"), b"b") == ["b"]
    assert made == [b"a", b"b"]
    (tmp_path / ".git" / "gardener" / "answers").write_bytes(b"junk")
    assert Kept(tmp_path, "answers").answers == {}


def test_an_older_store_is_ignored(repo):
    store = repo / ".git" / "gardener"
    os.makedirs(store)
    (store / "fix-clean").write_bytes(
        marshal.dumps(("key", {"m1.py": (1, 1, 1, 1)}, {}, {}, {}, ""))
    )
    assert CleanCache(repo, "key").clean == {}
