"""Only lines move: with a record, the tests that ran what moved and look at numbers of lines."""

import pytest
from recording_python import INTERPRETERS
from test_recorded_reads import selected

pytestmark = pytest.mark.slow
CODE = (
    "import sys\n\n\ndef where():\n    return sys._getframe(1).f_lineno\n\n\n"
    "def f():\n    return where()\n\n\ndef g():\n    return 1\n"
)
TESTS = {
    "test_asks.py": "import m\n\ndef test_m():\n    assert m.f() == 9\n",
    "test_by_name.py": "import m\n\ndef test_m():\n    assert getattr(m, chr(102))() == 9\n",
    "test_code.py": "import m\n\ndef test_m():\n    assert m.g.__code__.co_firstlineno == 12\n",
    "test_raises.py": "import m\n\ndef test_m():\n    try:\n        m.f(1)\n    except TypeError as e:\n"
    "        assert e.__traceback__.tb_lineno == 5\n    assert m.g()\n",
    "test_other.py": "import m\n\ndef test_m():\n    assert m.g() == 1\n",
    "test_far.py": "def test_m(recwarn):\n    assert [w.lineno for w in recwarn] == []\n",
}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_who_ran_what_moved_and_looks_at_lines(tmp_path, monkeypatch, capsys, python):
    change = {"m.py": f"# A comment.\n{CODE}"}
    found = selected(tmp_path, monkeypatch, capsys, python, {"m.py": CODE, **TESTS}, change)
    assert found == {"test_asks.py", "test_by_name.py", "test_code.py", "test_raises.py"}


@pytest.mark.parametrize("python", INTERPRETERS)
def test_what_many_tests_run_counts_where_a_record_shows_it(tmp_path, monkeypatch, capsys, python):
    many = {f"test_{n}.py": "import m\n\ndef test_m():\n    assert m.f() == 9\n" for n in range(25)}
    files = {"m.py": CODE, **many, "test_other.py": TESTS["test_other.py"]}
    change = {"m.py": f"# A comment.\n{CODE}"}
    assert selected(tmp_path, monkeypatch, capsys, python, files, change) == {*many}
