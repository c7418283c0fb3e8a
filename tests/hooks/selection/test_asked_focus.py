"""The command `focus`, and what may be given as its name."""

import os
import subprocess
import sys

import pytest

TESTS = (
    "def test_ws_one(): pass\ndef test_invoice(): pass\ndef test_api(): pass\n"
    "def test_capital(): pass\n"
)


def focus(root, *args, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "gardener", "focus", *args],
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize(
    ("name", "tests", "said"),
    [
        ([], ["test_ws_one"], ""),
        (["websocket"], ["test_ws_one"], ""),
        (["WEBSOCKET_EVENT_VERIFICATION_CHECKLIST"], ["test_ws_one"], "websocket is one"),
        (["InvoiceChecks"], ["test_invoice"], "'invoice'"),
        (["api"], ["test_api"], "'api'"),
        (["nothing_of_this"], [], "no test belongs"),
        (["list.md"], ["test_invoice", "test_api"], "lines that name nothing: 1."),
    ],
)
def test_what_a_name_means(repository, name, tests, said):
    checklist = "# All\n- [ ] `tests/test_x.py::test_invoice`\n* test_api\n- [x] that it is good\n"
    repository.commit({"tests/test_x.py": TESTS, "list.md": checklist})
    done = focus(repository.root, *name)
    assert done.stdout.splitlines() == sorted(f"tests/test_x.py::{test}" for test in tests)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("websockt", "did you mean `websocket`?"),
        ("!!", "no word is in it"),
        ("", "no word is in it"),
        ("no/such.md", "There is no checklist 'no/such.md'."),
        ("empty.md", "names no test, glob or name"),
        ("bytes.md", "cannot be read"),
    ],
)
def test_bad_names_get_one_sentence(repository, name, said):
    repository.commit({"tests/test_x.py": TESTS, "empty.md": "# nothing\n"})
    (repository.root / "bytes.md").write_bytes(b"\xff\xfe\x00")
    done = focus(repository.root, name, code=2)
    assert said in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


CHECKLIST = """# Checklist of events

Some words about them.

### 1. send_invoice
- [ ] **Check**: that it is sent/received
- Date/Time

### Overview
### InvoiceMaker
```bash
# test_capital is not meant
python -m pytest tests/test_x.py::test_ws_one
python
```
`tests/**/test_y_*.py` and **tests/test_gone.py**
"""


def test_a_checklist_in_prose(repository):
    tests = (
        "import app\ndef test_ws_one(): pass\ndef test_capital(): python = bash = 1\n"
        "def test_sent(): app.send_invoice()\ndef test_made(): app.InvoiceMaker()\n"
        "def test_other(): app.InvoiceMakers()\n"
    )
    files = {"app.py": "", "tests/test_x.py": tests, "tests/a/test_y_1.py": "def test_y(): 1\n"}
    repository.commit({**files, "list.md": CHECKLIST})
    done = focus(repository.root, "list.md")
    assert done.stdout.splitlines() == [
        "tests/a/test_y_1.py",
        "tests/test_x.py::test_made",
        "tests/test_x.py::test_sent",
        "tests/test_x.py::test_ws_one",
    ]
    assert done.stderr == (
        "gardener: Taken from list.md: tests or globs: 2, names: 2; paths that do not exist: 3;"
        " lines that name nothing: 2.\n"
    )


def test_reasons(repository):
    repository.commit({"tests/test_x.py": TESTS})
    done = focus(repository.root, "--format", "explain")
    assert done.stdout == "tests/test_x.py::test_ws_one: its name\n"
