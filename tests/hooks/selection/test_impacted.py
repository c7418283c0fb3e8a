"""The command `impacted`, as a user calls it."""

import json
import os

import pytest

from gardener.cli import main

FILES = {"m.py": "x = 1\n", "tests/test_m.py": "import m\n\ndef test_m():\n    assert m.x\n"}


@pytest.fixture
def impacted(repository, monkeypatch, capfdbinary):
    repository.commit(FILES)
    monkeypatch.chdir(repository.root)

    def call(*args):
        code = main(["impacted", *args])
        out, err = capfdbinary.readouterr()
        return code, os.fsdecode(out), os.fsdecode(err)

    return call


def test_nothing_affected_prints_nothing(impacted):
    assert impacted("--staged") == (0, "", "")
    assert impacted() == (0, "", "")


def test_formats(repository, impacted):
    repository.stage({"m.py": "x = 2\n"})
    assert impacted("--staged") == (0, "tests/test_m.py\n", "")
    code, out, _ = impacted("--staged", "--format", "json")
    assert (code, [t["test"] for t in json.loads(out)["tests"]]) == (0, ["tests/test_m.py"])
    code, out, _ = impacted("--staged", "--format", "explain")
    assert code == 0
    assert out.startswith("tests/test_m.py: ")
    assert "m.py" in out.partition(": ")[2]


def test_everything_is_one_line(repository, impacted):
    repository.stage({"requirements.txt": "x\n"})
    assert impacted("--staged") == (0, "ALL\n", "")
    assert "requirements.txt" in impacted("--staged", "--format", "explain")[1]
    assert json.loads(impacted("--staged", "--format", "json")[1])["everything"] is True


def test_a_name_with_a_newline_is_no_two_tests(repository, impacted):
    repository.stage({"tests/test_new\nline.py": "def test_n(): pass\n"})
    code, out, err = impacted("--staged")
    assert (code, out) == (0, "ALL\n")
    assert "does not fit on one line" in err


def test_a_name_that_is_not_utf8(repository, impacted):
    name = os.fsdecode(b"tests/test_\xff.py")
    repository.stage({name: "def test_n(): pass\n"})
    assert impacted("--staged") == (0, name + "\n", "")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--staged", "--since", "HEAD"], "--staged and --since exclude each other"),
        (["--staged", "--worktree"], "--staged and --worktree exclude each other"),
        (["--since", "nowhere"], "nowhere"),
        (["--focus", "websockte"], "did you mean `websocket`"),
    ],
)
def test_wrong_usage(impacted, args, said):
    code, out, err = impacted(*args)
    assert (code, out) == (2, "")
    assert said in err


def test_the_work_tree_is_the_default_and_may_be_asked_for(repository, impacted):
    repository.write({"tests/test_new.py": "def test_n(): pass\n"})
    assert impacted() == impacted("--worktree") == (0, "tests/test_new.py\n", "")
    assert impacted("--staged")[1] == ""


def test_why_not(repository, monkeypatch, capsys):
    repository.commit({**FILES, "tests/test_n.py": "def test_n():\n    pass\n"})
    monkeypatch.chdir(repository.root)
    assert main(["why-not", "tests/test_n.py::test_n"]) == 0
    assert "nothing changed" in capsys.readouterr().out
    repository.stage({"m.py": "x = 2\n"})
    assert main(["why-not", "tests/test_n.py::test_n", "--staged"]) == 0
    said = capsys.readouterr().out
    assert "is not selected" in said
    assert "m.py" in said
    assert main(["why-not", "tests/test_m.py::test_m[1]", "--staged"]) == 0
    assert "test_m[1] is selected: " in capsys.readouterr().out
    assert main(["why-not", "tests/test_gone.py::test_x"]) == 2
    assert "no file 'tests/test_gone.py'" in capsys.readouterr().err


def test_a_reason_is_a_way_that_the_test_takes(repository):
    """What is nearer to the test, but not reached by it, is no reason."""
    code = (
        "class Other:\n    def go(self):\n        return 1\n\n\n"
        "def deep():\n    return 1\n\n\ndef middle():\n    return deep()\n\n\ndef outer():\n    return middle()\n"
    )
    test = (
        "import m\n\ndef test_m(x=None):\n    assert m.outer() or x.go()\n\n"
        "def test_go():\n    assert m.Other().go()\n\ndef test_none():\n    pass\n"
    )
    repository.commit({"m.py": code, "tests/test_m.py": test})
    repository.stage({"m.py": code.replace("return 1", "return 2")})
    reasons = {item.test: item.reason for item in repository.select().tests}
    assert reasons == {
        "tests/test_m.py::test_m": "tests/test_m.py:test_m > m.py:outer > m.py:middle > m.py:deep "
        "(m.py: deep changed)",
        "tests/test_m.py::test_go": "tests/test_m.py:test_go > .go > m.py:Other.go (m.py: Other.go changed)",
    }


def test_a_reason_is_not_a_name_that_leads_nowhere(repository):
    """`deep` is said beside a `getattr` with any name, but the module is handed to none."""
    code = "def deep():\n    return 1\n\n\ndef outer():\n    return deep()\n"
    test = (
        "import m, os\n\nprint('deep')\n\ndef test_m(name='x'):\n    getattr(os, name, 1)\n"
        "    getattr(name, name, 1)\n    assert m.outer()\n\ndef test_none():\n    pass\n"
    )
    repository.commit({"m.py": code, "tests/test_m.py": test})
    repository.stage({"m.py": code.replace("return 1", "return 2")})
    [chosen] = repository.select().tests
    assert chosen.reason == "tests/test_m.py:test_m > m.py:outer > m.py:deep (m.py: deep changed)"
