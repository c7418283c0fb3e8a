"""What an earlier run found out is told again without parsing anything."""

import os
import subprocess
import sys

import pytest
from gardener.hooks.fix.clean_cache import CleanCache

from gardener.codemod.kept import Kept

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


def fix(repo, *, parses):
    """Run `gardener fix` in a process that counts as settled what was written just now."""
    script = f"{SETTLED}code = main(['fix'])\nprint('libcst' in sys.modules)\nsys.exit(code)\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{parses}\n", done.stderr
    return done.returncode, done.stderr


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
    import marshal

    store = repo / ".git" / "gardener"
    os.makedirs(store)
    (store / "fix-clean").write_bytes(
        marshal.dumps(("key", {"m1.py": (1, 1, 1, 1)}, {}, {}, {}, ""))
    )
    assert CleanCache(repo, "key").clean == {}
