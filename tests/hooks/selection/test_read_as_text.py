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
    "one by its module": "assert open(lib.m.__file__).read()",
    "one by inspect": "assert open(inspect.getsourcefile(lib.m)).read()",
    "one by its spec": "assert open(importlib.util.find_spec('lib.' + 'm').origin).read()",
    "a compiler": "subprocess.run([sys.executable, '-m', 'compileall', '-q', str(HERE)])",
    "a compiler called here": "compileall.compile_dir(HERE / 'lib')",
    "a checker": "subprocess.run(['ruff', 'check', str(HERE)])",
}


@pytest.mark.parametrize("name", READERS)
def test_a_python_file_read_as_text(repository, name):
    test = (
        "import compileall, importlib.util, inspect, os, pathlib, subprocess, sys\nimport lib.m\n\nHERE = pathlib.Path(__file__).parent\n\n"
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


# How a test runs `jobs/job.py` by its path; `jobs` is no package.
RUNNERS = {
    "exec by name": "exec((TOP / 'jobs' / 'job.py').read_text(), {})",
    "exec of what was compiled": "exec(compile(open(f'{TOP}/jobs/job.py').read(), 'j', 'exec'), {})",
    "exec of all": "for p in TOP.glob('jobs/*.py'):\n        exec(p.read_text(), {})",
    "exec of all that is listed": "tools.load_all(TOP / 'jobs')",
    "exec in a helper, by name": "tools.load('jobs/job.py')",
    "exec in a helper, by stem": "tools.load_stem('job')",
    "exec in a helper, by parts": "tools.load(os.path.join('jobs', 'job' + '.py'))",
    "run_path by name": "runpy.run_path(str(TOP / 'jobs' / 'job.py'))",
    "run_path by stem": "runpy.run_path(os.path.join(TOP, 'jobs', f\"{'job'}.py\"))",
    "run_path of all": "for n in os.listdir(TOP / 'jobs'):\n        runpy.run_path(TOP / 'jobs' / n)",
    "a process by name": "subprocess.run([sys.executable, TOP / 'jobs' / 'job.py'], check=True)",
    "a process by stem": "subprocess.run([sys.executable, '-B', f'{TOP}/jobs/' + 'job' + '.py'])",
    "processes of all": (
        "for p in (TOP / 'jobs').iterdir():\n        subprocess.run([sys.executable, str(p)])"
    ),
}
TOOLS = """import os, pathlib
TOP = pathlib.Path(__file__).parents[1]

def load(name):
    exec((TOP / name).read_text(), {})

def load_stem(stem):
    with open(os.path.join(TOP, "jobs", stem + ".py")) as file:
        exec(compile(file.read(), stem, "exec"), {})

def load_all(folder):
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name)) as file:
            exec(file.read(), {})
"""
JOB = "import lib\nVALUE = lib.f()\ndef g():\n    return 2\nassert g()\n"


@pytest.mark.parametrize(
    ("path", "old"), [("jobs/job.py", "return 2"), ("jobs/job.py", "f()"), ("lib.py", "return 1")]
)
@pytest.mark.parametrize("name", RUNNERS)
def test_a_python_file_that_is_run_by_its_path(repository, name, path, old):
    files = {
        "lib.py": "def f():\n    return 1\n",
        "jobs/job.py": JOB,
        "pkg/__init__.py": "",
        "pkg/tools.py": TOOLS,
        "tests/test_m.py": "import os, pathlib, runpy, subprocess, sys\nfrom pkg import tools\n"
        f"TOP = pathlib.Path(__file__).parents[1]\n\ndef test_m():\n    {RUNNERS[name]}\n",
        "tests/test_o.py": "import lib\nimport pkg.tools\n\ndef test_o():\n    assert lib\n",
    }
    chosen = repository.tests_of(files, path, old, f"{old} + 1")
    # A test that calls `exec` may make others of what it is given: then the file is one.
    assert chosen in (["tests/test_m.py::test_m"], ["tests/test_m.py"])


@pytest.mark.parametrize(
    "code", ["[sys.executable, '-m', 'this']", "[sys.executable, '-c', TOP]", "exec('1')"]
)
def test_a_process_that_runs_no_file_by_its_path(repository, code):
    test = f"import sys\nTOP = 'jobs'\n\ndef test_m():\n    assert TOP, {code}\n"
    files = {"jobs/job.py": JOB, "lib.py": "def f():\n    return 1\n", "test_m.py": test}
    assert repository.tests_of(files, "lib.py", "return 1", "return 3") == []


COMPUTED = {
    "in one function": "def read(n):\n    return open(n + '.py').read()\n",
    "by a constant": "END = '.py'\ndef read(n):\n    return open(n + END).read()\n",
    "by a function": (
        "def path(n):\n    return f'{n}.py'\n\ndef read(n):\n    return open(path(n)).read()\n"
    ),
    "by a method": (
        "class Of:\n    def path(self, n):\n        return n + '.py'\n"
        "    def read(self, n):\n        return open(self.path(n)).read()\n\nread = Of().read\n"
    ),
    "read by another one": (
        "def text(p):\n    return open(p).read()\n\ndef read(n):\n    return text(n + '.py')\n"
    ),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_a_name_of_a_python_file_that_is_computed(repository, name):
    """What only has an ending elsewhere in its file reads no file of that ending."""
    other = "def asks(p):\n    return p == '.py'\n\ndef reads(p):\n    return open(p).read()\n"
    test = (
        "from tools import read, reads\n\ndef test_m():\n    assert read('lib/' + 'm')\n\n"
        "def test_n():\n    assert reads('n.txt')\n"
    )
    tools = f"from others import reads\n\n{COMPUTED[name]}"
    files = {"others.py": other, "tools.py": tools, "lib/m.py": "# Licence\n", "test_m.py": test}
    assert repository.tests_of(files, "lib/m.py", "# Licence", "# None") == ["test_m.py::test_m"]


NAMED = {
    "a constant": "M = TOP / 'lib' / 'm.py'\n\ndef test_m():\n    assert M.read_text()\n",
    "a fixture": (
        "import pytest\n\n@pytest.fixture\ndef m():\n    return TOP / 'lib/m.py'\n\n"
        "def test_m(m):\n    assert m.read_text()\n"
    ),
    "a method": (
        "class Paths:\n    def m(self):\n        return TOP / 'lib/m.py'\n\n"
        "def test_m():\n    assert Paths().m().read_text()\n"
    ),
    "a reader": (
        "class Text:\n    def of(self, name):\n        return (TOP / name).read_text()\n\n"
        "def test_m():\n    assert Text().of('lib/m.py')\n"
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_python_file_that_is_named_and_read_in_one_file(repository, name):
    """A name beside a reader that does not get it reads nothing."""
    unread = "def test_n():\n    assert 'lib/m.py'\n"
    test = f"import pathlib\nTOP = pathlib.Path(__file__).parent\n\n{NAMED[name]}\n{unread}"
    files = {"lib/m.py": "# Licence\n", "test_m.py": test}
    assert repository.tests_of(files, "lib/m.py", "# Licence", "# None") == ["test_m.py::test_m"]


SOURCES = {
    "a name": ("assert inspect.getsource(lib.m.f)", True),
    "a name that it calls, too": ("assert lib.m.f() and inspect.getsource(lib.m.f)", True),
    "one of several": ("for f in (lib.m.f, len):\n        inspect.getsource(f)", True),
    "a frame, beside a call": ("lib.m.f()\n    inspect.getsource(sys._getframe())", False),
    "another name": ("lib.m.f()\n    inspect.getsource(test_m)", False),
}


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("name", SOURCES)
def test_what_the_source_is_asked_for(repository, name, is_async):
    code, selected = SOURCES[name]
    kind = "async def" if is_async else "def"
    test = f"import inspect, sys\nimport lib.m\n\n{kind} test_m():\n    {code}\n\ndef test_n():\n    pass\n"
    files = {"lib/__init__.py": "", "lib/m.py": "# Licence\ndef f():\n    return 1\n"}
    found = repository.tests_of({**files, "test_m.py": test}, "lib/m.py", "# Licence", "# None")
    assert found == (["test_m.py::test_m"] if selected else [])


@pytest.mark.parametrize("name", ["'conf' + '.py'", "f'{NAME}.py'", "'.'.join([NAME, 'py'])"])
def test_a_helper_that_runs_what_it_reads_may_run_any_file(repository, name):
    tools = "import pathlib\n\ndef load(name):\n    exec(pathlib.Path(name).read_text(), {})\n"
    test = (
        f"import pkg.tools\nNAME = 'conf'\n\ndef test_m():\n    pkg.tools.load({name})\n\n"
        "def test_n():\n    assert exec('1') is None\n"
    )
    files = {
        "lib.py": "def f():\n    return 1\n",
        "conf.py": JOB,
        "pkg/__init__.py": "",
        "pkg/tools.py": tools,
        "test_m.py": test,
    }
    for path, old in (("conf.py", "return 2"), ("lib.py", "return 1")):
        chosen = repository.tests_of(files, path, old, f"{old} + 1")
        assert chosen in (["test_m.py::test_m"], ["test_m.py"])
