"""Cells of notebooks: each by itself, and nothing else of the file."""

import json
import subprocess
import sys

import pytest

OLD = ["from datetime import datetime\n", "now = datetime.utcnow()"]
NEW = [
    "from datetime import datetime, timezone\n",
    "now = datetime.now(timezone.utc).replace(tzinfo=None)",
]


def cell(source, kind="code"):
    return {"cell_type": kind, "source": source, **({"outputs": []} if kind == "code" else {})}


CELLS = [
    ("cells that are alike", [cell(OLD), cell(OLD)], [cell(NEW), cell(NEW)]),
    (
        "a text that says what code says",
        [cell(OLD, "markdown"), cell(OLD), cell(OLD, "raw"), cell(OLD)],
        [cell(OLD, "markdown"), cell(NEW), cell(OLD, "raw"), cell(NEW)],
    ),
    ("a text instead of lines", [cell("".join(OLD))] * 2, [cell("".join(NEW))] * 2),
    ("a longer cell that begins alike", [cell(OLD), cell([*OLD[:1], OLD[1] + "\n", "y"])], None),
    ("no source", [cell(OLD), cell([]), {"cell_type": "code"}], [cell(NEW), cell([]), None]),
    ("magics stay", [cell(["%time\n", *OLD]), cell(["%%bash\n", "utcnow"])], "unchanged"),
    ("half a thought stays", [cell([*OLD, "\nx = ("]), cell(["datetime.utcnow()?"])], "unchanged"),
]


@pytest.mark.parametrize("indent", [1, None])
@pytest.mark.parametrize(("title", "cells", "after"), CELLS, ids=[case[0] for case in CELLS])
def test_cells(tmp_path, title, cells, after, indent):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    file = tmp_path / "n.ipynb"
    before = json.dumps({"cells": cells, "nbformat": 4}, indent=indent)
    file.write_text(before)
    command = [sys.executable, "-m", "gardener", "fix", "n.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    if after == "unchanged":
        assert (file.read_text(), done.returncode) == (before, 0)
        return
    assert done.returncode == 1, done.stderr
    assert "left alone" not in done.stdout + done.stderr
    document = json.loads(file.read_text())
    assert file.read_text() == json.dumps(document, indent=indent)
    if after is None:
        new = [NEW, [NEW[0], NEW[1] + "\n", "y"]]
        assert [each["source"] for each in document["cells"]] == new
    else:
        assert [
            n if a is not None else None for n, a in zip(document["cells"], after, strict=True)
        ] == after


def test_a_source_that_an_output_repeats_is_left_alone(tmp_path):
    """Which of them is the source cannot be told by the bytes."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    code = cell("".join(OLD)) | {"outputs": [{"output_type": "stream", "text": "".join(OLD)}]}
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps({"cells": [code]}))
    command = [sys.executable, "-m", "gardener", "fix", "n.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert json.loads(file.read_text())["cells"] == [code]
    assert "n.ipynb:1: notebook: cell 1 left alone" in done.stdout + done.stderr
