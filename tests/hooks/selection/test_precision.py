"""What is not reached, and what still is: operators, comparisons, decorators, stand-ins."""

import pytest

BASE = {
    "m.py": (
        "class Quiet(Exception):\n    def __init__(self):\n        self.code = 1\n\n"
        "class Box:\n    def __enter__(self):\n        return self\n    def __exit__(self, *a):\n        pass\n"
        "    def __delitem__(self, key):\n        self.gone = key\n    def plain(self):\n        return 1\n\n"
        "def safe(f):\n    try:\n        return f()\n    except Quiet:\n        return None\n\n"
        "def told(x):\n    return isinstance(x, Quiet)\n\n"
        "def typed():\n    x: Quiet = 1\n    return x\n"
    ),
    "deco.py": (
        "KEPT = []\nSTATE = {'a': 1}\n\n"
        "def wrapped(f):\n    def inner(*a):\n        return f(*a) if STATE else None\n    return inner\n\n"
        "def marked(f):\n    f.marked = True\n    return f\n\n"
        "def kept(f):\n    KEPT.append(f)\n    return f\n\n"
        "@wrapped\ndef first():\n    return 1\n\n@kept\ndef second():\n    return 2\n\n"
        "class Has:\n    @wrapped\n    def one(self):\n        return 1\n    @marked\n    def two(self):\n        return 2\n"
    ),
    "test_m.py": (
        "import m\n\ndef test_safe():\n    assert m.safe(int) == 0\n\ndef test_told():\n    assert not m.told(1)\n\n"
        "def test_typed():\n    assert m.typed()\n\ndef test_made():\n    assert m.Quiet().code\n\n"
        "def test_box():\n    assert m.Box().plain()\n\ndef test_with():\n    with m.Box():\n        pass\n\n"
        "def test_del():\n    box = m.Box()\n    del box['a']\n"
    ),
    "test_d.py": (
        "import deco\n\ndef test_state():\n    assert deco.STATE\n\ndef test_kept():\n    assert [f() for f in deco.KEPT]\n\n"
        "def test_has():\n    deco.Has()\n\ndef test_one():\n    assert deco.Has().one()\n\n"
        "def test_marked():\n    has = deco.Has()\n    for value in vars(deco.Has).values():\n"
        "        if getattr(value, 'marked', False):\n            assert value(has)\n"
    ),
}


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        # `except`, `isinstance` and annotations inside functions make no instance.
        ("m.py", "self.code = 1", "self.code = 2", ["test_m.py::test_made"]),
        # But they do depend on what the class is.
        (
            "m.py",
            "class Quiet(Exception)",
            "class Quiet(ValueError)",
            ["test_m.py::test_made", "test_m.py::test_safe", "test_m.py::test_told"],
        ),
        ("m.py", "return self\n", "return 1\n", ["test_m.py::test_with"]),
        ("m.py", "self.gone = key", "self.gone = 1", ["test_m.py::test_del"]),
        # What reads a name that a decorator mentions is not what it decorates.
        ("deco.py", "def first():\n    return 1", "def first():\n    return 3", []),
        # `vars()` may find any method.
        (
            "deco.py",
            "(self):\n        return 1",
            "(self):\n        return 3",
            ["test_d.py::test_marked", "test_d.py::test_one"],
        ),
    ],
)
def test_a_change(repository, path, old, new, expected):
    assert repository.tests_of(BASE, path, old, new) == expected


def test_a_comparison_gives_the_class_as_its_reason(repository):
    repository.commit(BASE)
    repository.stage(
        {"m.py": BASE["m.py"].replace("class Quiet(Exception)", "class Quiet(OSError)")}
    )
    reasons = {item.test: item.reason for item in repository.select().tests}
    assert (
        reasons["test_m.py::test_told"]
        == "test_m.py:test_told > m.py:told > is Quiet (m.py: Quiet changed)"
    )


def test_a_marked_method_is_found_by_its_mark(repository):
    repository.commit(BASE)
    text = BASE["deco.py"]
    repository.stage({"deco.py": text.removesuffix("return 2\n") + "return 3\n"})
    assert "test_d.py::test_marked" in repository.tests()


def test_what_a_decorator_keeps_is_found_by_those_that_read_it(repository):
    repository.commit(BASE)
    text = BASE["deco.py"]
    repository.stage({"deco.py": text.replace("return 2\n\nclass", "return 3\n\nclass")})
    found = repository.tests()
    assert "test_d.py" in found or "test_d.py::test_kept" in found


def test_what_stands_in_for_another_object_is_called_from_outside(repository):
    code = (
        "class Server:\n    def __init__(self):\n        self.inner = object()\n"
        "    def handle_it(self, *args):\n        return self.inner.handle_it(*args)\n"
    )
    test = "import s\nfrom wsgi import Outer\n\ndef test_s():\n    Outer(s.Server())\n"
    repository.commit({"s.py": code, "test_s.py": test})
    repository.stage({"s.py": code.replace("handle_it(*args)", "handle_it(*args, 1)")})
    assert repository.tests() == ["test_s.py"]


def test_a_module_asked_for_by_name_may_use_its_getattr(repository):
    code = "def __getattr__(name):\n    return name\n"
    test = (
        "import importlib\n\ndef test_g(name='x'):\n"
        "    assert getattr(importlib.import_module('g'), name)\n"
    )
    repository.commit({"g.py": code, "test_g.py": test})
    repository.stage({"g.py": code.replace("return name", "return name + '1'")})
    assert repository.tests() == ["test_g.py"]


def test_a_name_that_is_gone_from_a_table(repository):
    code = "def a():\n    return 1\n\nTABLE = {'a': a}\n"
    repository.commit({"t.py": code, "test_t.py": "import t\n\ndef test_t():\n    assert t\n"})
    repository.stage({"t.py": code.replace("def a", "def b")})
    assert repository.tests() == ["test_t.py"]
