"""`gardener init` in real repositories: what it writes, what it leaves, what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gardener.config import load


def init(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gardener", "init", *args], cwd=root, capture_output=True, text=True
    )


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


SOURCE = ("--repo", "https://example.org/gardener", "--rev", "v1")


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def test_a_bare_repository_gets_everything_and_once(repo):
    done = init(repo, *SOURCE)
    assert done.returncode == 0, done.stderr
    assert "wrote   pyproject.toml" in done.stdout
    assert "wrote   .pre-commit-config.yaml: gardener-fix and gardener-run" in done.stdout
    assert "pre-commit install" in done.stderr
    config = load(repo)
    assert (config.hook.focus, config.hook.level) == ("", "unit")
    checked = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"],
        cwd=repo,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
    written = contents(repo)
    again = init(repo, *SOURCE)
    assert again.returncode == 0
    assert contents(repo) == written
    assert again.stdout.count("left ") == len(written)


def test_websocket_code_makes_the_websocket_focus(repo):
    (repo / "app.py").write_text("from starlette.websockets import WebSocket\n")
    done = init(repo, *SOURCE)
    assert done.returncode == 0
    assert load(repo).hook.focus == "websocket"
    # Off a terminal nothing is asked: what was taken is told, and how to take something else.
    assert "this project uses WebSockets (app.py" in done.stderr
    assert "nobody was asked" in done.stderr and 'write `focus = ""`' in done.stderr


def test_without_websocket_code_it_says_how_to_narrow_the_hook(repo):
    said = init(repo, *SOURCE).stdout.splitlines()[0]
    assert "no WebSocket code found, the hook takes all unit tests" in said
    assert "`focus` below [tool.gardener.hook] narrows them" in said


def test_existing_files_are_extended(repo):
    settings = b"[project]\r\nname = 'x' # mine\r\n"
    hooks = "# mine\nrepos:\n  - repo: meta # why\n    hooks:\n      - id: identity\n"
    (repo / "pyproject.toml").write_bytes(settings)
    (repo / ".pre-commit-config.yaml").write_text(hooks)
    done = init(repo, *SOURCE)
    assert "extended pyproject.toml" in done.stdout
    after = (repo / "pyproject.toml").read_bytes()
    assert after.startswith(settings)
    assert b"\n" not in after.replace(b"\r\n", b"")
    assert not after.endswith(b"\r\n\r\n")
    after = (repo / ".pre-commit-config.yaml").read_text()
    assert after.startswith(hooks)
    repos = yaml.safe_load(after)["repos"]
    assert repos[1] == {
        "repo": "https://example.org/gardener",
        "rev": "v1",
        "hooks": [{"id": "gardener-fix"}, {"id": "gardener-run"}],
    }


def test_prek_toml_is_used_where_it_is(repo):
    (repo / "prek.toml").write_text("repos = []\n".replace("repos = []\n", "fail_fast = true\n"))
    assert init(repo, *SOURCE).returncode == 0
    assert not (repo / ".pre-commit-config.yaml").exists()
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("prek")), "validate-config", "prek.toml"],
        cwd=repo,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_dry_run_prints_a_diff_that_git_can_apply(repo):
    (repo / "pyproject.toml").write_text("[project]\nname = 'x'")
    before = contents(repo)
    done = init(repo, *SOURCE, "--dry-run")
    assert done.returncode == 0
    assert contents(repo) == before
    applied = subprocess.run(
        ["git", "apply", "-"], cwd=repo, input=done.stdout, text=True, capture_output=True
    )
    assert applied.returncode == 0, applied.stderr
    by_diff = contents(repo)
    (repo / "pyproject.toml").write_text("[project]\nname = 'x'")
    for path in set(by_diff) - set(before):
        (repo / path).unlink()
    assert init(repo, *SOURCE).returncode == 0
    assert contents(repo) == by_diff


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"pyproject.toml": "[project\n"}, "not valid TOML"),
        ({"pyproject.toml": "tool = {black = {}}\n"}, "by hand"),
        ({".pre-commit-config.yaml": "repos: [{repo: meta, hooks: []}]\n"}, "on one line"),
    ],
)
def test_what_cannot_be_extended_is_refused_and_nothing_is_written(repo, files, said):
    for name, text in files.items():
        (repo / name).write_text(text)
    before = contents(repo)
    done = init(repo, *SOURCE)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert contents(repo) == before


def test_a_revision_without_a_repository_is_wrong_usage(repo):
    done = init(repo, "--rev", "v1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--repo and --rev go together" in done.stderr


def test_a_folder_of_this_machine_is_not_written_into_a_workflow():
    from gardener.setup.hook_entries import Source
    from gardener.setup.workflows import _install_gardener

    assert "git+" not in _install_gardener(Source("/home/me/gardener", "abc"))
    assert "git+https://example.org/g@abc" in _install_gardener(
        Source("https://example.org/g", "abc")
    )


def test_without_options_the_hooks_come_from_where_gardener_came_from(repo):
    done = init(repo)
    assert done.returncode == 0, done.stderr
    (entry,) = yaml.safe_load((repo / ".pre-commit-config.yaml").read_text())["repos"]
    if entry["repo"] == "local":
        assert entry["hooks"][0]["additional_dependencies"][0].startswith("test-gardener==")
    else:
        found = subprocess.run(
            ["git", "cat-file", "-e", f"{entry['rev']}:.pre-commit-hooks.yaml"],
            cwd=entry["repo"],
        )
        assert found.returncode == 0
