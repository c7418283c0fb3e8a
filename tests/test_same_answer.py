"""The same question gets the same answer: no output hangs on the hash seed of the process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
RUN = TOP / "tests/gardener/data/websocket_run.json"


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    root = tmp_path_factory.mktemp("chat") / "chat"
    shutil.copytree(TOP / "examples/chat", root)
    for command in ("init -q", "add -A", "-c user.name=A -c user.email=a@example.com commit -qm x"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)
    # A method is reached over its class and over its name: two ways of one length.
    rooms = root / "chat/rooms.py"
    text = rooms.read_text(encoding="utf-8")
    assert "said = clean(text)" in text
    rooms.write_text(text.replace("said = clean(text)", "said = str(clean(text))"), "utf-8")
    return root


@pytest.mark.parametrize(
    "command",
    [
        "impacted --format explain",
        "impacted --format json",
        f"report {RUN} --format text",
        f"report {RUN} --format json",
        f"report {RUN} --format worklog",
        f"issues {RUN} --dry-run",
        "fix --check .",
    ],
    ids=lambda command: command.replace(f"{RUN} ", ""),
)
def test_the_answer_does_not_hang_on_the_hash_seed(chat, command):
    said = set()
    for seed in map(str, range(6)):
        shutil.rmtree(chat / ".git/gardener", ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-m", "gardener", *command.split()],
            cwd=chat,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout
        said.add(done.stdout)
    assert len(said) == 1
