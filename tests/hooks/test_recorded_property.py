"""Random packages, recorded, then changed: what is selected contains all that fails.

All packages lie in one real repository, so that one recorded run and one run of the broken
packages show what each of many changes does. Each change is staged and judged alone.
"""

import random
import subprocess

import pytest
from gardener.hooks.selection.selection import Request, select
from recording_python import INTERPRETERS, lend_pytest
from test_property import BROKEN, MORE_THAN_A_BODY, Package, run, telling

from gardener.cli import main
from gardener.config import Config
from gardener.model import Mode


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "core.autocrlf=false"]
    subprocess.run([*command, *args], cwd=root, check=True)


def passed(root, python) -> set[str]:
    """Nodeids of the tests that pass in a plain run."""
    command = [python, "-B", "-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--continue-on-collection-errors"], cwd=root, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    said = done.stdout.splitlines()
    return {line.removeprefix("PASSED ") for line in said if line.startswith("PASSED ")}


@pytest.mark.parametrize("python", INTERPRETERS)
@pytest.mark.parametrize(
    ("part", "count", "kinds"),
    [
        (0, 30, BROKEN),
        pytest.param(4, 30, MORE_THAN_A_BODY, marks=pytest.mark.slow),
        *(pytest.param(n, 100, BROKEN, marks=pytest.mark.slow) for n in (1, 2, 3)),
        pytest.param(5, 100, MORE_THAN_A_BODY, marks=pytest.mark.slow),
    ],
)
def test_what_fails_is_selected_by_the_record(
    tmp_path, monkeypatch, capsys, part, count, kinds, python
):
    root = tmp_path / "repo"
    root.mkdir()
    lend_pytest(python, tmp_path, monkeypatch)
    changes: dict[int, tuple[str, str]] = {}
    for number in range(count):
        pick = random.Random(f"recorded {part}/{number}")
        package = Package(pick.randrange(10**9))

        def place(path, number=number):
            return path.replace("pkg/", f"pkg{number}/").replace("test_", f"test_{number}_")

        for path, text in package.sources.items():
            (root / place(path)).parent.mkdir(exist_ok=True)
            (root / place(path)).write_text(text.replace("pkg", f"pkg{number}"), encoding="utf-8")
        path, after, _ = telling(package.sources, run(package.sources), pick, kinds)
        changes[number] = (place(path), after.replace("pkg", f"pkg{number}"))
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    monkeypatch.chdir(root)
    base = passed(root, python)
    main(["run", "-q", "--python", python])
    capsys.readouterr()

    chosen: dict[int, set[str] | None] = {}
    for number, (path, after) in changes.items():
        (root / path).write_text(after, encoding="utf-8")
        git(root, "add", path)
        found = select(Request(root, Mode.STAGED), Config(root))
        chosen[number] = None if found.everything else {one.test for one in found.tests}
        git(root, "reset", "-q", "--hard")

    for path, after in changes.values():
        (root / path).write_text(after, encoding="utf-8")
    failed = base - passed(root, python)
    failing = narrow = 0
    for number, tests in chosen.items():
        if tests is None:
            continue
        own = {t for t in base if t.startswith(f"tests/test_{number}_")}
        covered = {t for t in own if t in tests or t.partition("::")[0] in tests}
        covered |= {t for t in own if t.rpartition("::")[0] in tests}
        path, after = changes[number]
        assert own & failed <= covered, f"{part}/{number}: {path}\n{after}"
        failing += bool(own & failed)
        narrow += len(covered) < len(own)
    # It means something only if tests do fail, and if not all are selected.
    assert failing > count // 3
    assert narrow > count // 4
