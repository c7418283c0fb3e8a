"""`gardener fix` on whole source trees that others wrote."""

import ast
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CACHE = Path(__file__).parents[2] / ".cache" / "real"
TREES = {
    "google-auth": "2.23.0",
    "celery": "5.3.4",
    "fastapi": "0.103.0",
    "python-jose": "3.3.0",
    "oauthlib": "3.2.2",
}
NEEDS = """
mock==5.1.0 pytest==8.4.2 pyasn1-modules==0.3.0 rsa==4.9 cachetools==5.3.1 requests==2.32.3
urllib3==1.26.20 freezegun==1.5.1 cryptography responses pyOpenSSL six
"""
FILES = """
tests/test_credentials.py tests/test_impersonated_credentials.py tests/test__helpers.py
tests/test_jwt.py tests/compute_engine/test_credentials.py
"""
SUITE = {
    "google-auth": (NEEDS.split(), FILES.split()),
    "python-jose": (["pytest", "ecdsa", "rsa", "pyasn1"], ["-oaddopts=", "tests/test_jwt.py"]),
    "oauthlib": (["pytest", "pyjwt", "blinker", "cryptography"], ["tests"]),
}


def run(*command, cwd, ok=(0,)):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode in ok, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def source(name):
    place = CACHE / f"fix-{name}-{TREES[name]}"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
        run(
            *(*pip, "download", "--no-binary", ":all:", "--no-deps", "-d", "."),
            f"{name}=={TREES[name]}",
            cwd=place,
        )
        (archive,) = place.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            top = packed.getnames()[0].partition("/")[0]
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # from 3.11.4 on
            packed.extractall(place)
        (place / top).rename(place / "source")
        (place / "ready").touch()
    return place / "source"


@pytest.fixture
def tree(request, tmp_path):
    root = tmp_path / "repository"
    shutil.copytree(source(request.param), root)
    for command in (["init", "-q"], ["add", "-A", "-f"]):
        run("git", *command, cwd=root)
    run("git", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "as it was", cwd=root)
    return root


def fix(root, *args):
    return run(sys.executable, "-m", "gardener", "fix", *args, cwd=root, ok=(0, 1))


@pytest.mark.parametrize("tree", TREES, indirect=True)
def test_what_changes_parses_and_a_second_run_changes_nothing(tree):
    dry = fix(tree, "--check")
    assert run("git", "status", "--porcelain", cwd=tree).stdout == ""
    diff = fix(tree, "--diff").stdout
    done = fix(tree)
    changed = run("git", "diff", "--name-only", cwd=tree).stdout.split()
    assert sorted(changed) == sorted(done.stdout.split()) == sorted(dry.stdout.split())
    assert changed
    for name in changed:
        ast.parse((tree / name).read_bytes())
    again = fix(tree)
    assert again.stdout == ""
    run("git", "stash", "-q", cwd=tree)
    (tree.parent / "diff").write_text(diff)
    run("git", "apply", str(tree.parent / "diff"), cwd=tree)
    assert sorted(run("git", "diff", "--name-only", cwd=tree).stdout.split()) == sorted(changed)


@pytest.mark.parametrize("tree", SUITE, indirect=True)
def test_the_suite_gives_the_same_result(tree, request):
    needs, files = SUITE[request.node.callspec.params["tree"]]
    run(sys.executable, "-m", "venv", "venv", cwd=tree.parent)
    python = str(tree.parent / "venv" / "bin" / "python")
    run(python, "-m", "pip", "install", "-q", *needs, cwd=tree)

    def suite():
        command = (python, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *files)
        done = run(*command, cwd=tree, ok=(0, 1))
        return sorted(
            re.findall(r"^(?:PASSED|FAILED|ERROR|SKIPPED) \S+", done.stdout, re.MULTILINE)
        )

    before = suite()
    fix(tree)
    assert run("git", "diff", "--name-only", cwd=tree).stdout
    assert suite() == before
    assert len(before) > 50
