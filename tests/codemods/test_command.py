"""What codemods of libcst are run by: one tree for all, a part of it for names, any syntax."""

import subprocess
import sys

import pytest
from libcst.codemod import CodemodContext

from gardener.codemod.candidates import candidates
from gardener.codemod.command import Command
from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.project import Project
from gardener.config import Codemods, Config

LEFT_OUT = """from datetime import datetime, timezone

now = datetime.utcnow()


def far():
    x = 1
    return [now.timestamp(), (y := x), y]


class Clock:
    def a(self):
        return 1

    def b(self):
        return datetime.utcnow(), timezone
"""


def test_a_name_in_a_function_that_was_left_out_is_found_all_the_same(run):
    outcome = run("utcnow", LEFT_OUT)
    assert outcome.after.count("now(timezone.utc).replace(tzinfo=None)") == 2
    assert outcome.notes.startswith("8: `now.timestamp()` reads a naive UTC value")


HIDDEN = [
    ("global", "def f():\n    global datetime\n    datetime = 1\n", "not certain"),
    ("local", "def f():\n    datetime = 1\n    return datetime\n", ""),
    ("pattern", "def f(v):\n    match v:\n        case [datetime]:\n            pass\n", ""),
    ("deleted", "def f(datetime):\n    del datetime\n", ""),
    ("other timezone", "def f(timezone):\n    return timezone\n", ""),
]


@pytest.mark.parametrize(("title", "function", "note"), HIDDEN, ids=[c[0] for c in HIDDEN])
def test_what_another_function_binds_counts_only_where_it_is_seen(run, title, function, note):
    code = f"from datetime import datetime\n\n\n{function}\n\nx = datetime.utcnow()\n"
    outcome = run("utcnow", code)
    assert outcome.changed is (not note)
    assert note in outcome.notes
    assert ("dt_timezone" in outcome.after) is (title == "other timezone")


@pytest.mark.parametrize("end", ["", "\n", "\n\n# end"])
def test_statements_that_are_alike_are_told_apart(run, end):
    clock = "x = datetime.utcnow()"
    outcome = run("utcnow", f"from datetime import datetime\n{clock}\n{clock}{end}")
    new = "x = datetime.now(timezone.utc).replace(tzinfo=None)"
    assert outcome.after == f"from datetime import datetime, timezone\n{new}\n{new}{end}"


NEWER = [
    "try:\n    x = datetime.utcnow()\nexcept ValueError, TypeError:\n    pass\n",  # Python 3.14
    "type Pair[T] = tuple[T, T]\nx = datetime.utcnow()\n",
    "def f[T](x: T) -> T:\n    return datetime.utcnow()\n",
    'x = f"{d["k"]} {datetime.utcnow()}"\n',
]


@pytest.mark.parametrize("code", NEWER)
def test_syntax_that_is_newer_than_the_running_python_is_mended(run, code):
    outcome = run("utcnow", f"from datetime import datetime\n\n{code}")
    new = code.replace("utcnow()", "now(timezone.utc).replace(tzinfo=None)")
    assert outcome.after == f"from datetime import datetime, timezone\n\n{new}"


RENAME = '''"""Write {new} for {old}."""

import libcst as cst

NEEDLES = (b"{old}",)


class Rename(cst.CSTTransformer):
    def leave_Name(self, original_node, updated_node):
        return updated_node.with_changes(value="{new}") if updated_node.value == "{old}" else updated_node
'''


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("one = 1\n\ntwo = 2\n", "uno = 1\n\ndue = 2\n"),
        ("f(one, two)  # both\n", "f(uno, due)  # both\n"),
        ("one;two\n", "uno;due\n"),
        ("f(one.two)\n", "f(uno.due)\n"),
        ("onetwo = one\n", "onetwo = uno\n"),
    ],
)
def test_several_codemods_change_a_file_each_in_its_place(tmp_path, before, after):
    for old, new in (("one", "uno"), ("two", "due")):
        (tmp_path / f"{old}.py").write_text(RENAME.format(old=old, new=new))
    config = Config(tmp_path, codemods=Codemods(folder="."))
    codemods = [codemod for codemod in discover(config).values() if codemod.name in ("one", "two")]
    project = Project(tmp_path, config)
    data = before.encode()
    done = mend(data, "x.py", candidates(data, "x.py", codemods, project), project)
    assert done.after.decode() == after
    assert not done.remarks


@pytest.mark.parametrize("answer", [True, False])
def test_a_codemod_of_the_project_is_asked_with_other_files_in_view(tmp_path, answer):
    confirm = "\n\ndef confirm(data, path, project):\n    return bool(project.read('is_wanted'))\n"
    (tmp_path / "one.py").write_text(RENAME.format(old="one", new="uno") + confirm)
    (tmp_path / "is_wanted").write_text("yes" * answer)
    config = Config(tmp_path, codemods=Codemods(folder="."))
    project = Project(tmp_path, config)
    chosen = candidates(b"one\n", "x.py", [discover(config)["one"]], project)
    assert mend(b"one\n", "x.py", chosen, project).after == (b"uno\n" if answer else b"one\n")


CONFIG = "from pydantic import BaseModel\n\n\nclass A(BaseModel):\n    class Config:\n        extra = 'forbid'\n"
BY_LIBCST = [
    (
        "utcnow.Utcnow",
        "from datetime import datetime\n\nx = datetime.utcnow()\n",
        "from datetime import datetime, timezone\n\n"
        "x = datetime.now(timezone.utc).replace(tzinfo=None)\n",
    ),
    (
        "pydantic_config.PydanticConfig",
        CONFIG,
        "from pydantic import BaseModel, ConfigDict\n\n\nclass A(BaseModel):\n"
        "    model_config = ConfigDict(extra='forbid')\n",
    ),
    (
        "pydantic_v2_api.PydanticV2Api",
        "from base import A\n\n\nA().dict()\n",
        "from base import A\n\n\nA().model_dump()\n",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "before", "after"), BY_LIBCST)
def test_libcsts_own_tool_runs_it(tmp_path, name, before, after):
    (tmp_path / "base.py").write_text(CONFIG)
    file = tmp_path / "a.py"
    file.write_text(before)
    command = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "--no-format", "-j1"]
    command += [f"gardener.codemods.{name}", str(file)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert file.read_text() == after


@pytest.mark.parametrize(("module", "asked"), [("gardener.codemods._x", False), ("own", True)])
def test_decorators_of_libcst_are_sought_only_in_codemods_of_projects(module, asked):
    """To look at every attribute of a codemod takes libcst longer than a small file does."""
    looked_at = []

    class Watched:
        def __get__(self, instance, owner):
            if instance is not None:
                looked_at.append(owner)

    class Own(Command):
        __module__ = module
        watched = Watched()

        def find(self, tree):
            del tree

    Own(CodemodContext())
    assert bool(looked_at) is asked
