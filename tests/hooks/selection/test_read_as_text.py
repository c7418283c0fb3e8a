"""Code that is read, not run: docstrings that libraries read, Python files that are read as text."""

import pytest

HANDED_OUT = {
    "a class with a base of a library": (
        "from models import Model\n\nclass M(Model):\n    '''{} thing.'''\n",
        True,
    ),
    "a class whose base in the project has one": (
        "from models import Model\n\nclass Base(Model):\n    pass\n\nclass M(Base):\n    '''{} thing.'''\n",
        True,
    ),
    "a member of such a class": (
        "import cmd\n\nclass M(cmd.Cmd):\n    def do_it(self, line):\n        '''{} thing.'''\n",
        True,
    ),
    "a function under a decorator of a library": (
        "import clicking\n\n@clicking.command()\ndef M():\n    '''{} thing.'''\n",
        True,
    ),
    "a function under a method of an object": (
        "from web import App\napp = App()\n\n@app.get('/')\ndef M():\n    '''{} thing.'''\n",
        True,
    ),
    "a function under a decorator of the standard library": (
        "import functools\n\n@functools.cache\ndef M():\n    '''{} thing.'''\n",
        False,
    ),
    "a class with a base of the standard library": (
        "import enum\n\nclass M(enum.Enum):\n    '''{} thing.'''\n    A = 1\n",
        False,
    ),
    "a function under a decorator of the project": (
        "def deco(f):\n    return f\n\n@deco\ndef M():\n    '''{} thing.'''\n",
        False,
    ),
}


@pytest.mark.parametrize("name", HANDED_OUT)
def test_a_docstring_that_a_library_is_given(repository, name):
    code, selected = HANDED_OUT[name]
    member = ".do_it" if "do_it" in code else ""
    test = f"from m import M\n\ndef test_m():\n    assert M{member}\n"
    other = "def test_other():\n    assert 1\n"
    repository.commit({"m.py": code.format("A"), "test_m.py": test, "test_o.py": other})
    repository.stage({"m.py": code.format("Another")})
    assert repository.tests() == (["test_m.py"] if selected else [])


READERS = {
    "all of a folder": "for p in HERE.rglob('*.py'):\n        assert p.read_text()",
    "those of an ending": "for n in os.listdir(HERE):\n        n.endswith('.py') and open(n).read()",
    "one by name": "assert (HERE / 'lib' / 'm.py').read_text()",
    "one by its source": "assert inspect.getsource(lib.m)",
    "a checker": "subprocess.run(['ruff', 'check', str(HERE)])",
}


@pytest.mark.parametrize("name", READERS)
def test_a_python_file_read_as_text(repository, name):
    test = (
        "import inspect, os, pathlib, subprocess\nimport lib.m\n\nHERE = pathlib.Path(__file__).parent\n\n"
        f"def test_reads():\n    {READERS[name]}\n\ndef test_runs():\n    assert lib.m.f()\n"
    )
    source = "# Licence\ndef f():\n    return 1\n"
    repository.commit({"lib/__init__.py": "", "lib/m.py": source, "test_m.py": test})
    repository.stage({"lib/m.py": source.replace("# Licence", "# None")})
    assert repository.tests() == ["test_m.py::test_reads"]


@pytest.mark.parametrize(
    "code", ["assert str(HERE / 'lib' / 'm.py')", "assert 'm.txt'.endswith('.py') or open"]
)
def test_a_name_of_a_python_file_alone_reads_nothing(repository, code):
    test = f"import pathlib\nHERE = pathlib.Path(__file__).parent\n\ndef test_m():\n    {code}\n"
    test = test.replace(" or open", "")
    repository.commit({"lib/m.py": "# Licence\n", "test_m.py": test})
    repository.stage({"lib/m.py": "# None\n"})
    assert repository.tests() == []


def test_a_new_file_is_read_as_text_too(repository):
    test = (
        "import pathlib\n\ndef test_m():\n    for p in pathlib.Path('.').rglob('*.py'):\n"
        "        assert p.read_text()\n"
    )
    repository.commit({"test_m.py": test})
    repository.stage({"lib/new.py": "X = 1\n"})
    [chosen] = repository.select().tests
    assert chosen.reason == "lib/new.py changed, which it may read as text"
