"""Only lines move: the tests that look at numbers of lines and come to what moved are affected."""

import pytest
from gardener.hooks.selection.parse.meaning import compare

WARNS = "import warnings\n\n\ndef f():\n    warnings.warn('x', stacklevel=2)\n\n\ndef calm():\n    return 1\n"
FAILS = "def f():\n    raise ValueError\n"
LOGS = "import logging\n\nlog = logging.getLogger('m')\n\n\ndef f():\n    log.warning('x')\n"
WHERE = "import sys\n\n\ndef f():\n    return sys._getframe(0).f_lineno\n"
TRACE = (
    "import traceback\n\n\ndef f():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
    "        return traceback.format_exc()\n"
)
LOOKS = {
    "a warning": (WARNS, "with pytest.warns(UserWarning) as w:\n        m.f()\n    assert w[0].lineno == 5"),
    "a traceback": (FAILS, "try:\n        m.f()\n    except ValueError as e:\n        assert e.__traceback__.tb_next.tb_lineno == 2"),
    "pytest's traceback": (FAILS, "with pytest.raises(ValueError) as e:\n        m.f()\n    assert e.traceback[-1].lineno == 1"),
    "the text of a traceback": (TRACE, "assert ', line 6, in f' in m.f()"),
    "a line of a file in a text": (TRACE, "assert 'm.py\", line 6' in m.f()"),
    "what is kept in a file": (TRACE, "assert m.f() == open('kept.txt').read()"),
    "what a fixture kept": (TRACE, "assert m.f() == snapshot"),
    "a log": (LOGS, "m.f()\n    assert caplog.text == 'WARNING  m:m.py:7 x\\n'"),
    "a log in a text": (LOGS, "m.f()\n    assert 'm.py:7' in caplog.text"),
    "a record of a log": (LOGS, "m.f()\n    assert caplog.records[0].lineno == 7"),
    "what the project gives": (WHERE, "assert m.f() == 5"),
    "code that does not run": (FAILS, "assert m.f.__code__.co_firstlineno == 1"),
    "the source of code": (FAILS, "assert inspect.getsourcelines(m.f)[1] == 1"),
    "what a program says": (WARNS, "assert b'py:5: UserWarning' in subprocess.check_output(['python', '-m', 'm'])"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
def test_who_looks_at_a_line_that_moves(repository, name):
    code, looks = LOOKS[name]
    asked = ", ".join(name for name in ("caplog", "snapshot") if name in looks)
    test = (
        f"import inspect, subprocess\nimport pytest\nimport m\n\n\ndef test_m({asked}):\n    {looks}\n\n\n"
        "def test_n():\n    assert m.f\n"
    )
    if "UserWarning'" in looks:
        test = test.replace("import m\n", "", 1).replace("    assert m.f\n", "    pass\n")
    others = {
        "test_calm.py": "import m\n\n\ndef test_calm():\n    assert m\n",
        "test_far.py": "def test_far(x):\n    assert x.lineno == 3\n",
    }
    repository.commit({"m.py": code, "test_m.py": test, **others})
    repository.stage({"m.py": f"# A comment.\n{code}"})
    assert repository.tests() in (["test_m.py::test_m"], ["test_m.py"])
    # What stays on its line, or only changes in its comments, concerns nobody.
    repository.stage({"m.py": f"{code}# A comment.\n\n"})
    chosen = repository.tests()
    assert chosen == (["test_m.py::test_m"] if "getsource" in looks else [])


def test_what_many_tests_come_to_is_no_number_that_they_look_at(repository):
    tests = "".join(f"def test_{n}():\n    assert m.f()\n\n\n" for n in range(30))
    repository.commit({"m.py": WHERE, "test_m.py": f"import m\n\n\n{tests}"})
    repository.stage({"m.py": f"# A comment.\n{WHERE}"})
    assert repository.tests() == []


def test_a_helper_looks(repository):
    helper = "def line_of(error):\n    return error.__traceback__.tb_next.tb_lineno\n"
    test = (
        "import m, lines\n\n\ndef test_m():\n    try:\n        m.f()\n    except ValueError as e:\n"
        "        assert lines.line_of(e) == 2\n\n\ndef test_n():\n    assert m.f\n"
    )
    repository.commit({"m.py": FAILS, "tests/lines.py": helper, "tests/test_m.py": test})
    repository.stage({"m.py": f"\n{FAILS}"})
    assert repository.tests() == ["tests/test_m.py::test_m"]


def test_a_change_above_moves_what_is_below(repository):
    code = f"def above():\n    return 1\n\n\n{FAILS}"
    test = (
        "import m\n\n\ndef test_m():\n    try:\n        m.f()\n    except ValueError as e:\n"
        "        assert e.__traceback__.tb_next.tb_lineno == 6\n"
    )
    repository.commit({"m.py": code, "test_m.py": test})
    repository.stage({"m.py": code.replace("return 1", "x = 1\n    return x")})
    assert repository.tests() == ["test_m.py"]
    repository.stage({"m.py": code.replace("return 1", "return 2")})
    assert repository.tests() == []


MOVED = {
    "nothing": ("", "", set()),
    "all": ("# A comment.\n", "", {"", "f", "C", "C.m"}),
    "what is below": ("", "# A comment.\n", {"C", "C.m", ""}),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_moves(name):
    head, between, moved = MOVED[name]
    code = "import x\n\n\ndef f():\n    return 1\n\n\n{}class C:\n    A = 1\n    def m(self):\n        pass\n\n\nx.go()\n"
    difference = compare(code.format("").encode(), (head + code.format(between)).encode())
    assert difference is not None
    assert difference.moved == moved
    assert difference.nothing
