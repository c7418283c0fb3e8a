"""A change that stops a module from being imported selects all that import it."""

import pytest

SUITE = {
    "app/__init__.py": "",
    "app/hooks.py": "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
    "app/table.py": "from app import hooks\n\nTABLE = {'one': hooks.one}\n\n\ndef size():\n    return 1\n",
    "app/own.py": "def f():\n    return 1\n\n\nTABLE = {'f': f}\n\n\ndef g():\n    return 2\n",
    "tests/test_hooks.py": "from app.hooks import two\n\ndef test_two():\n    assert two() == 2\n",
    "tests/test_table.py": "from app.table import size\n\ndef test_size():\n    assert size() == 1\n",
    "tests/test_own.py": "from app.own import g\n\ndef test_g():\n    assert g() == 2\n",
    "tests/test_other.py": "def test_other():\n    pass\n",
}
OWN = SUITE["app/own.py"]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("app/own.py", OWN.replace("def f", "def f_gone"), ["tests/test_own.py"]),
        ("app/own.py", "TABLE = {'f': f}\n" + OWN, ["tests/test_own.py"]),
        ("app/own.py", OWN + "\n\ndef h(x=f_gone):\n    pass\n", ["tests/test_own.py"]),
        ("app/own.py", OWN + "\n\ndef h(x: Gone):\n    pass\n", ["tests/test_own.py"]),
        ("app/own.py", OWN + "\n\nclass H:\n    x = gone\n", ["tests/test_own.py"]),
        ("app/own.py", OWN.replace("{'f': f}", "{'f': [x for x in gone]}"), ["tests/test_own.py"]),
        ("app/hooks.py", SUITE["app/hooks.py"].replace("one", "other"), ["tests/test_table.py"]),
        # What is there when it is read stops nothing.
        (
            "app/own.py",
            OWN + "\n\ndef h():\n    pass\n\n\nMORE = {'h': h}\n",
            [],
        ),
        ("app/own.py", OWN + "\n\nclass H:\n    x = 1\n    y = {'x': x, 'l': lambda: gone}\n", []),
        ("app/own.py", OWN + "\n\ndef h():\n    return gone\n", []),
        (
            "app/own.py",
            "from __future__ import annotations\n" + OWN + "\n\ndef h(x: Gone):\n    pass\n",
            None,
        ),
    ],
    ids=[
        "renamed",
        "read above",
        "default",
        "annotation",
        "class body",
        "comprehension",
        "elsewhere",
        "new and read",
        "in the class",
        "in a body",
        "annotation read later",
    ],
)
def test_a_name_that_is_read_before_it_is_there(repository, file, text, expected):
    repository.commit(SUITE)
    repository.stage({file: text})
    found = repository.tests()
    if expected is None:
        assert "tests/test_other.py" not in found
    else:
        assert found == expected


TABLES = {
    "app/__init__.py": "",
    "app/data.py": "LIMITS = {'one': 1}\nPAIR = 1, 2\n\n\ndef size():\n    return 1\n",
    "app/use.py": "from app.data import LIMITS, PAIR\n\nONE = LIMITS['one']\nA, B = PAIR\n\n\n"
    "def f():\n    return 1\n",
    "tests/test_data.py": "from app.data import size\n\ndef test_size():\n    assert size() == 1\n",
    "tests/test_use.py": "from app.use import f\n\ndef test_f():\n    assert f() == 1\n",
}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("app/use.py", "LIMITS['one']", "LIMITS['two']"),
        ("app/use.py", "= PAIR", "= (1, 2, 3)"),
        ("app/data.py", "'one': 1", "'two': 1"),
        ("app/data.py", "PAIR = 1, 2", "PAIR = 1, 2, 3"),
    ],
    ids=["another key", "another number", "a key that is gone", "one more"],
)
def test_a_value_that_another_takes_apart_on_import(repository, file, old, new):
    repository.commit(TABLES)
    repository.stage({file: TABLES[file].replace(old, new)})
    assert repository.tests() == ["tests/test_use.py"]
