"""The script that measures selection on a repository as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
SCRIPT = TOP / "bench" / "real_repositories.py"
FILES = {
    "pkg/__init__.py": "",
    "pkg/core.py": '''class Core:
    def run(self):
        """Documented."""
        return 1


def other(): return 2
''',
    "pkg/user.py": "from pkg.core import Core\n\n\ndef use():\n    return Core().run()\n",
    "tests/test_user.py": "from pkg.user import use\n\n\ndef test_use():\n    assert use()\n",
    "tests/test_core.py": """from pkg.core import Core, other


def test_run():
    assert Core().run()


def test_other():
    assert other()
""",
    "tests/test_none.py": "def test_none():\n    assert True\n",
}


def measured(*words):
    """What the script prints on stdout, on stderr, and its exit code."""
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def checkout(repository):
    repository.commit(FILES)
    user = FILES["pkg/user.py"].replace("return", "return 2 *")
    repository.commit({"pkg/user.py": user})
    repository.write({"tests/test_none.py": "def test_none():\n    assert 'not committed'\n"})
    return repository


@pytest.mark.slow
def test_a_row_for_each_change(checkout):
    before = checkout.git("status", "--porcelain")
    done = measured(
        checkout.root, "--change", "pkg/core.py:Core.run", "--commit", "HEAD", "--rounds", 1
    )
    assert done.returncode == 0, done.stderr
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in done.stdout.splitlines()[3:]]
    assert [(row[0], *row[5:]) for row in rows] == [
        ("pkg/core.py:Core.run", "2", "4", "75%"),
        ("HEAD", "1", "4", "25%"),
    ]
    for row in rows:
        cold, memory, warm, less = map(float, row[1:5])
        assert warm > 0
        assert cold > 0
        assert min(memory, less) > 5
    assert checkout.git("status", "--porcelain") == before
    assert not (checkout.root / ".git/gardener").exists()


@pytest.mark.slow
def test_what_takes_too_long_is_no_answer(checkout):
    done = measured(
        checkout.root, "--change", "pkg/core.py:Core.run", "--rounds", 2, "--limit", 0.01
    )
    assert done.returncode == 0, done.stderr
    row = done.stdout.splitlines()[-1].split(" | ")
    assert row[1].startswith("no answer after ")
    assert row[5] == "no answer"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("pkg/core.py:Core.gone", "There is no 'Core.gone'."),
        ("pkg/core.py:Core", "'Core' is no function."),
        ("pkg/core.py:other", "'other' stands in one line."),
    ],
)
def test_a_function_that_cannot_be_changed_is_said(checkout, change, said):
    done = measured(checkout.root, "--change", change, "--rounds", 1)
    assert done.returncode
    assert said in done.stderr


@pytest.mark.slow
def test_a_sample_of_functions(checkout):
    done = measured(checkout.root, "--sample", 5)
    assert done.returncode == 0, done.stderr
    row = [cell.strip() for cell in done.stdout.splitlines()[-1].split("|")[1:-1]]
    assert row[:5] == ["2", "3", "50.0% / 50.0%", "0", "0"]
    assert "pkg/core.py:Core.run: 2, " in done.stderr
    assert "pkg/user.py:use: 1, " in done.stderr
    assert "'other' stands in one line." in done.stderr
    assert not (checkout.root / ".git/gardener").exists()
