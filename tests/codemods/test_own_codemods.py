"""A project's own codemods: their examples are run, and what they may change of statements."""

import subprocess
import sys

import pytest

HEAD = (
    '"""Try it."""\n\nimport libcst as cst\n'
    "from libcst.codemod.visitors import RemoveImportsVisitor\n\n"
    'from gardener.codemod import Command, Example\n\nNEEDLES = (b"",)\n\n\n'
)
CLASS = HEAD + "class Try(Command):\n    def find(self, module):\n"

ROWS = {
    "a call": (
        "for node in self.index.find(cst.Call):\n"
        '    if self.meaning(node.func) == "time.sleep":\n'
        '        self.change(node.func, lambda old: cst.parse_expression("clock.sleep"))\n',
        "from time import sleep\n\nsleep(1)\n\n\ndef f():\n    sleep(2)\n    return sleep(3)\n",
        "from time import sleep\n\nclock.sleep(1)\n\n\ndef f():\n    clock.sleep(2)\n    return clock.sleep(3)\n",
    ),
    "an attribute": (
        "for node in self.index.find(cst.Attribute):\n"
        '    if self.meaning(node) == "app.settings.DEBUG":\n'
        '        self.change(node, lambda old: old.with_changes(attr=cst.Name("debug")))\n',
        "from app import settings\n\nif settings.DEBUG:\n    print(settings.DEBUG)\n",
        "from app import settings\n\nif settings.debug:\n    print(settings.debug)\n",
    ),
    "an argument": (
        "for node in self.index.find(cst.Call):\n"
        "    if not node.args:\n"
        "        self.change(node, lambda old: old.with_changes(args=[*old.args, "
        'cst.Arg(cst.Name("x"), keyword=cst.Name("y"))]))\n',
        "f()\n",
        "f(y = x)\n",
    ),
    "an import, whoever uses it": (
        "for node in self.index.find(cst.ImportFrom):\n"
        '    if self.code(node.module) == "app.compat":\n'
        "        self.change(node, lambda old: cst.RemoveFromParent())\n",
        "import os\nfrom app.compat import a\n\n\ndef f():\n    from app.compat import b\n",
        "import os\n\n\ndef f():\n    pass\n",
    ),
    "an import that nothing uses": (
        'RemoveImportsVisitor.remove_unused_import(self.context, "six")\n',
        "import os\nimport six\n\n\ndef f():\n    import six\n    return six, os\n",
        "import os\n\n\ndef f():\n    import six\n    return six, os\n",
    ),
    "an import and the statement behind it": (
        "for node in self.index.find(cst.Import):\n"
        "    self.change(node, lambda old: cst.RemoveFromParent())\n"
        "for node in self.index.find(cst.Call):\n"
        '    if isinstance(node.func, cst.Name) and node.func.value == "sleep":\n'
        '        self.change(node.func, lambda old: cst.parse_expression("clock.sleep"))\n',
        "def f():\n    import sleep\n    sleep(1)\n    return 1\n",
        "def f():\n    clock.sleep(1)\n    return 1\n",
    ),
    "await": (
        "for node in self.index.find(cst.Call):\n"
        "    if not isinstance(self.index.parent[node], cst.Await):\n"
        "        self.change(node, lambda old: cst.Await(old))\n",
        "async def f():\n    nap()\n    nap()\n    return 1\n",
        "async def f():\n    await nap()\n    await nap()\n    return 1\n",
    ),
    "async def": (
        "for node in self.index.find(cst.FunctionDef):\n"
        "    if node.asynchronous is None:\n"
        "        self.change(node, lambda old: old.with_changes(asynchronous=cst.Asynchronous()))\n",
        "x = 1\n\n\ndef f():\n    if x:\n        y = 2\n    return y\n",
        "x = 1\n\n\nasync def f():\n    if x:\n        y = 2\n    return y\n",
    ),
    "a name of a function and one of a class": (
        "for node in self.index.find(cst.FunctionDef, cst.ClassDef):\n"
        '    if node.name.value == "Old":\n'
        '        self.change(node, lambda old: old.with_changes(name=cst.Name("New")))\n',
        "def Old():\n    y = 2\n    return y\n\n\nclass Old:\n    def f(self):\n        return 1\n",
        "def New():\n    y = 2\n    return y\n\n\nclass New:\n    def f(self):\n        return 1\n",
    ),
    "a decorator": (
        "for node in self.index.find(cst.FunctionDef):\n"
        '    if all(d.decorator.value != "new" for d in node.decorators):\n'
        "        self.change(node, lambda old: old.with_changes("
        'decorators=[cst.Decorator(cst.Name("new")), *old.decorators]))\n',
        "def f():\n    y = 2\n    return y\n\n\n@old\ndef g():\n    return 1\n",
        "@new\ndef f():\n    y = 2\n    return y\n\n\n@new\n@old\ndef g():\n    return 1\n",
    ),
}


@pytest.mark.parametrize("newer", ["", "type Pair = int\n"], ids=["", "in newer syntax"])
@pytest.mark.parametrize("title", ROWS)
def test_what_it_may_change(run, title, newer):
    body, before, after = ROWS[title]
    lines = "".join(f"        {line}" for line in body.splitlines(keepends=True))
    outcome = run("try", before + newer, files={"own/try.py": CLASS + lines}, folder="own")
    assert (outcome.after, outcome.notes) == (after + newer, "")


WRONG = {
    "a statement that is none of its business": (
        "for node in self.index.find(cst.Call):\n"
        '    self.change(node, lambda old: old.with_changes(func=cst.Name("x; y")))\n',
        "f(1)\ng = 1\n",
    ),
    "the statements of a function that ends too soon": (
        "for node in self.index.find(cst.FunctionDef):\n"
        "    self.change(node.name, lambda old: old.with_changes("
        'value="g(): pass\\ndef " + old.value if old.value == "f" else old.value))\n',
        "def f():\n    return 1\n",
    ),
}


@pytest.mark.parametrize("title", WRONG)
def test_what_it_may_not(run, title):
    body, before = WRONG[title]
    lines = "".join(f"        {line}" for line in body.splitlines(keepends=True))
    outcome = run("try", before, files={"own/try.py": CLASS + lines}, folder="own")
    assert outcome.after == before
    assert "left as it is" in outcome.notes


WARNS = HEAD.replace("Command, Example", "Example") + (
    "from libcst.codemod import VisitorBasedCodemodCommand\n\n\n"
    "class Try(VisitorBasedCodemodCommand):\n"
    "    def leave_Call(self, original_node, updated_node):\n"
    '        self.warn("called")\n'
    '        return updated_node.with_changes(func=cst.Name("g"))\n\n'
    "    def visit_Name(self, node):\n"
    '        if node.value == "odd":\n'
    '            self.warn("odd")\n'
)


def test_what_it_warns_of_is_told_where_it_was(run):
    text = "x = 1\n\nf(\n    1,\n)\n\n\ndef h():\n    return [odd]\n"
    outcome = run("try", text, files={"own/try.py": WARNS}, folder="own")
    assert outcome.after == text.replace("f(", "g(", 1)
    assert outcome.notes == "5: called\n9: odd"


def test_the_shape_of_a_projects_own_codemod_is_read(tmp_path):
    from gardener.codemod.discovery import discover
    from gardener.config import Codemods, Config

    (tmp_path / "try.py").write_text(
        CLASS + "        pass\n\n\ndef shape(project):\n    return 'a.b'\n"
    )
    codemod = discover(Config(tmp_path, codemods=Codemods(folder=".")))["try"]
    assert codemod.shape is not None


# --- gardener codemods --test ---------------------------------------------------------------


def run_examples(folder, *args):
    command = [sys.executable, "-m", "gardener", "codemods", "--test", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


RENAME = (
    "class Try(Command):\n    def find(self, module):\n"
    "        for node in self.index.find(cst.Name):\n"
    '            if node.value == "old":\n'
    '                self.change(node, lambda old: old.with_changes(value="new"))\n'
    '            elif node.value == "odd":\n'
    '                self.note(node, "odd is odd")\n'
    '            elif node.value == "bad":\n'
    "                raise KeyError(node.value)\n"
)


@pytest.fixture
def own(tmp_path):
    """own(EXAMPLES) -> the repository with a codemod that has them."""

    def write(examples):
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        folder = tmp_path / ".gardener" / "codemods"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "try.py").write_text(f"{HEAD}EXAMPLES = ({examples})\n\n\n{RENAME}")
        return tmp_path

    return write


TRUE = 'Example("a name", "old\\n", "new\\n"), Example("odd", "odd\\n", note="is odd"), '
UNTRUE = {
    "another result": ('Example("no", "old\\n", "newer\\n")', "-newer\n+new\n"),
    "it should stay": ('Example("no", "old\\n")', "-old\n+new\n"),
    "a note that does not come": (
        'Example("no", "old\\n", "new\\n", note="gone")',
        "nothing, not 'gone'",
    ),
    "a note that nobody speaks of": ('Example("no", "odd\\n")', "told is 'odd is odd'"),
    "another note": ('Example("no", "odd\\n", note="even")', "Told is 'odd is odd', not 'even'"),
    "a failure": ('Example("no", "bad\\n")', "the codemod fails: KeyError"),
    "no Python": ('Example("no", "old(\\n")', "does not parse"),
}


def test_examples_that_are_true(own):
    done = run_examples(own(TRUE))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "2 examples, 0 not true" in done.stderr


@pytest.mark.parametrize("title", UNTRUE)
def test_examples_that_are_not_true(own, title):
    example, told = UNTRUE[title]
    done = run_examples(own(TRUE + example), "try")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("try: no\n")
    assert told in done.stdout
    assert "3 examples, 1 not true" in done.stderr


def test_other_files_of_an_example(own):
    done = run_examples(own('Example("two", "old\\n", "new\\n", files={"a/b.py": "x = 1\\n"}), '))
    assert done.returncode == 0, done.stdout


def test_nothing_to_run_is_said(own):
    done = run_examples(own(""))
    assert done.returncode == 2
    assert "no examples to run: EXAMPLES of try" in done.stderr


def test_examples_of_gardeners_own_codemods(tmp_path):
    done = run_examples(tmp_path, "utcnow")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert " 0 not true" in done.stderr


BROKEN = {
    "another signature": (
        "def find(self):\n        pass\n",
        "takes 1 positional argument but 2 were given",
    ),
    "a function that takes nothing": (
        "def find(self, module):\n        for name in self.index.find(cst.Name):\n"
        "            self.change(name, lambda: name)\n",
        "takes 0 positional arguments",
    ),
    "an error in a function": (
        "def find(self, module):\n        for name in self.index.find(cst.Name):\n"
        "            self.change(name, lambda old: old.no_such)\n",
        "'Name' object has no attribute 'no_such' (try.py:14)",
    ),
    "a copy": (
        "def find(self, module):\n        for name in self.index.find(cst.Name):\n"
        "            self.change(name.deep_clone(), lambda old: old)\n",
        "this Name is no node of code in the file's tree (a copy, or its value?) (try.py:14)",
    ),
    "a value": (
        "def find(self, module):\n        for name in self.index.find(cst.Name):\n"
        "            self.note(name.value, 'hello')\n",
        "this str is no node of code",
    ),
}


@pytest.mark.parametrize("title", BROKEN)
def test_where_a_codemod_fails_is_told(run, title):
    body, note = BROKEN[title]
    outcome = run(
        "try",
        "x = 1\n",
        files={"own/try.py": f"{HEAD}class Try(Command):\n    {body}"},
        folder="own",
    )
    assert outcome.after == "x = 1\n"
    assert note in outcome.notes


@pytest.mark.parametrize(
    ("text", "told"),
    [("def f(:\n", "line 1: "), ("import no_such_module\n", "No module named 'no_such_module'.")],
)
def test_a_codemod_that_cannot_be_loaded(own, text, told):
    root = own("")
    (root / ".gardener" / "codemods" / "try.py").write_text(text)
    done = run_examples(root)
    assert done.returncode == 2
    assert "The codemod in .gardener/codemods/try.py cannot be loaded: " in done.stderr
    assert told in done.stderr
