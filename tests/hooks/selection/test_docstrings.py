"""A docstring that changed concerns only those who may read it."""

import pytest

MODULE = '"""{} of the module."""\n\nSIZE = 1\n'
CLASS = 'class Base:\n    """{} of the class."""\n\n    def told(self):\n        return {}\n'
FUNCTION = 'def f():\n    """{} of the function."""\n    return 1\n'
READS = {
    "its own": (MODULE + "\ndef usage():\n    return __doc__\n", "m.usage()", True),
    "of a chain": (MODULE, "m.__doc__", True),
    "of a value": (MODULE, "told(m)", True),
    "of a value by name": (MODULE, "getattr(m, '__doc__')", True),
    "of a module looked up": (MODULE, "told(sys.modules['m'])", True),
    "of a module imported by name": (
        MODULE,
        "told(importlib.import_module(m.__name__)) and m.SIZE",
        True,
    ),
    "as an entry": (MODULE, "vars(m)['__doc__']", True),
    "of a function": (MODULE, "told(told) and m.SIZE", False),
    "of another module": (MODULE, "__doc__ or m.SIZE", False),
    "of a class in the module": (
        MODULE + "\nclass C:\n    def told(self):\n        return self.__doc__\n",
        "m.C().told()",
        False,
    ),
    "a class, by its method": (CLASS.format("{}", "self.__doc__"), "m.Base().told()", True),
    "a class, by its type": (CLASS.format("{}", "type(self).__doc__"), "m.Base().told()", True),
    "a class, from outside": (CLASS.format("{}", "1"), "m.Base.__doc__", True),
    "a class, by itself": (
        'class Base:\n    """{} of the class."""\n\n    help = __doc__\n',
        "m.Base.help",
        True,
    ),
    "a class, by code in it": (
        'TOLD = []\n\n\nclass Base:\n    """{} of the class."""\n\n    TOLD.append(__doc__)\n',
        "m.Base and m.TOLD",
        True,
    ),
    "a class, by a default": (
        'class Base:\n    """{} of the class."""\n\n    def told(self, x=__doc__):\n        return x\n',
        "m.Base().told()",
        True,
    ),
    "a module, by a class with its own": (
        MODULE + '\nclass Base:\n    """Of the class."""\n\n    help = __doc__\n',
        "m.Base.help",
        True,  # not told apart from a class without one
    ),
    "a function, by a class": (
        FUNCTION + '\n\nclass Base:\n    """Of the class."""\n\n    help = __doc__\n',
        "m.Base.help and m.f()",
        False,
    ),
    "a class, by a subclass": (
        CLASS.format("{}", "self.__doc__") + "\n\nclass Child(Base):\n    pass\n",
        "m.Child().told()",
        True,
    ),
    "a class, by nobody": (CLASS.format("{}", "1"), "m.Base().told()", False),
    "a class, by what reads modules": (
        CLASS.format("{}", "1") + "\n\ndef usage():\n    return __doc__\n",
        "m.Base().told() and not m.usage()",
        False,
    ),
    "a function, by its name": (FUNCTION, "m.f.__doc__", True),
    "a function, as a value": (FUNCTION, "told(m.f)", True),
    "a function, by inspect": (FUNCTION, "inspect.getdoc(m.f)", True),
    "a module, by pydoc": ('"""{}"""\n\nVALUE = 1\n', "pydoc.render_doc(m)", True),
    "a function, by help": (FUNCTION, "help(m.f) is None", True),
    "a function, by pydoc of its module": (FUNCTION, "pydoc.render_doc(m)", True),
    "a method, by help for its module": (CLASS.format("{}", "1"), "help(m) is None", True),
    "a function, only called": (FUNCTION, "m.f()", False),
}


@pytest.mark.parametrize("name", READS)
def test_who_reads_a_docstring(repository, name):
    code, reads, selected = READS[name]
    test = (
        "import importlib, inspect, pydoc, sys\nimport m\n\ndef told(x):\n    return x.__doc__ or 1\n\n"
        f"def test_reads():\n    assert {reads}\n\ndef test_other():\n    assert m\n"
    )
    repository.commit({"m.py": code.format("One"), "test_m.py": test})
    repository.stage({"m.py": code.format("Two")})
    assert repository.tests() == (["test_m.py::test_reads"] if selected else [])


def test_the_reason_says_so(repository):
    code, reads, _ = READS["a function, as a value"]
    repository.commit(
        {
            "m.py": code.format("One"),
            "test_m.py": f"import m\n\ndef test_m():\n    assert {reads}\n"
            "\ndef told(x):\n    return x.__doc__\n",
        }
    )
    repository.stage({"m.py": code.format("Two")})
    [chosen] = repository.select().tests
    assert chosen.reason == "the docstring of m.py:f changed, which it may read"


def test_pydoc_shows_what_a_module_of_a_package_holds(repository):
    test = (
        "import pydoc, app.l\n\ndef test_m():\n    assert pydoc.render_doc(app.l)\n\n"
        "def test_n():\n    assert app.l.f()\n"
    )
    files = {"app/__init__.py": "", "app/l.py": FUNCTION, "test_m.py": test}
    assert repository.tests_of(files, "app/l.py", "{}", "Other") == ["test_m.py::test_m"]
