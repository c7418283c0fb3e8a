"""The base installation stays small: what a hook's environment costs, and what works in it."""

import importlib.metadata as metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

TOP = Path(__file__).parents[1]
DISTRIBUTIONS = 16
MEGABYTES = 60


def base() -> set[str]:
    """The distributions that `pip install test-gardener` brings, from what is installed here."""
    found: set[str] = set()
    wanted = ["test-gardener"]
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if name in found:
            continue
        found.add(name)
        for line in metadata.requires(name) or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                wanted.append(needed.name)
    return found


def test_the_base_is_few_distributions():
    names = base()
    assert {"click", "libcst", "msgspec", "test-gardener"} <= names
    assert len(names) <= DISTRIBUTIONS, sorted(names)


def test_the_base_is_small():
    files = [
        Path(file.locate())
        for name in base() - {"test-gardener"}
        for file in metadata.files(name) or ()
        if file.suffix != ".pyc"
    ]
    own = [
        path
        for part in ("gardener", "hooks", "bot", "codemods")
        for path in TOP.glob(f"{part}/**/*.py")
    ]
    assert len(files) > 100
    # What pip compiles is about as large as the source of it.
    size = sum(
        path.stat().st_size * (2 if path.suffix == ".py" else 1)
        for path in [*files, *own]
        if path.is_file()
    )
    assert size < MEGABYTES * 1_000_000


@pytest.mark.parametrize(
    "heavy", ["pygithub", "cryptography", "pre-commit", "mkdocs", "watchfiles"]
)
def test_what_few_need_is_an_extra(heavy):
    assert heavy not in base()


def done(command, **options) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, **options)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.mark.slow
def test_a_fresh_environment_holds_the_ceiling_and_works(tmp_path):
    done([sys.executable, "-m", "venv", tmp_path / "venv"])
    python = tmp_path / "venv/bin/python"
    own = {"pip", "setuptools", "wheel"}
    sdist = tmp_path / "source"
    done(["git", "clone", "-q", TOP, sdist])
    done([python, "-m", "pip", "install", "-q", sdist])
    listed = done([python, "-m", "pip", "list", "--format", "freeze"])
    names = {line.partition("=")[0].lower() for line in listed.splitlines()} - own
    assert len(names) <= DISTRIBUTIONS, sorted(names)
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    size = sum(
        path.stat().st_size
        for path in packages.rglob("*")
        if path.is_file() and path.relative_to(packages).parts[0].partition("-")[0] not in own
    )
    assert size < MEGABYTES * 1_000_000
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "test_a.py").write_text("def test_a():\n    assert True\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT")}
    for command in ("init -q", "add -A"):
        done(["git", *command.split()], cwd=repo)
    gardener = tmp_path / "venv/bin/gardener"
    for command, said in [
        ("--help", "Tend a failing pytest suite"),
        ("impacted", "test_a.py"),
        ("init --dry-run --repo https://example.org/g --rev v1", "gardener-run"),
        (f"run --all --python {sys.executable} --report run.json", "1 passed"),
        ("comment run.json --dry-run", ""),
    ]:
        assert said in done([gardener, *command.split()], cwd=repo, env=environment), command
    refused = subprocess.run(
        [gardener, "comment", "run.json"],
        cwd=repo,
        env={**environment, "GITHUB_TOKEN": "x", "GITHUB_REPOSITORY": "octo/chat"},
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 2
    assert "pip install 'test-gardener[bot]'" in refused.stderr
