"""An import that has changed stands where the order of its section has it."""

import pytest

OLD = (
    "import warnings\n\nfrom app.new import Hook\n\nwarnings.warn("
    '"This module is deprecated. Please use `app.new`.", DeprecationWarning, stacklevel=2)\n\n\n'
    "def keep(): ...\n"
)
FILES = {
    "app/__init__.py": "",
    "app/new.py": "class Hook: ...\n",
    "app/zold.py": OLD,
    "requirements.txt": "sqlalchemy==1.4.40\n",
}
ORDERED = [
    (
        "in a section",
        "import os\n\nimport yaml\n\nfrom app import x\nfrom app.other import y\nfrom app.zold import Hook\n",
        "import os\n\nimport yaml\n\nfrom app import x\nfrom app.new import Hook\nfrom app.other import y\n",
    ),
    (
        "to the top of it, with its comment",
        "import os\n\nfrom app.other import y\nfrom app.zold import Hook  # why\n\nx = 1\n",
        "import os\n\nfrom app.new import Hook  # why\nfrom app.other import y\n\nx = 1\n",
    ),
    (
        "only some of the names",
        "from app.aaa import y\nfrom app.zold import Hook, keep\n",
        "from app.aaa import y\nfrom app.new import Hook\nfrom app.zold import keep\n",
    ),
    (
        "with what stands above it",
        "import os\n\nfrom app.aaa import x\nfrom app.other import y\n# of hooks\nfrom app.zold import Hook\n",
        "import os\n\nfrom app.aaa import x\n# of hooks\nfrom app.new import Hook\nfrom app.other import y\n",
    ),
    (
        "by module, `import` among `from`",
        "from app.aaa import x\nimport app.kkk\nfrom app.other import y\nimport app.yyy\nfrom app.zold import Hook\n",
        "from app.aaa import x\nimport app.kkk\nfrom app.new import Hook\nfrom app.other import y\nimport app.yyy\n",
    ),
    (
        "`import` first",
        "import app.zzz\nfrom app.other import y\nfrom app.zold import Hook\n",
        "import app.zzz\nfrom app.new import Hook\nfrom app.other import y\n",
    ),
]
WHERE_IT_WAS = [
    ("no order", "from app.zzz import z\nfrom app.zold import Hook\nfrom app.aaa import y\n"),
    (
        "a heading above",
        "import os\n\n# app\nfrom app.other import y\nfrom app.zold import Hook\n",
    ),
    (
        "a section of one",
        "import os\n\nfrom app.zold import Hook\n",
    ),
    ("between blank lines", "from app.other import y\n\nfrom app.zold import Hook\n"),
    ("not at the top", "x = 1\nfrom app.other import y\nfrom app.zold import Hook\n"),
    ("in a function", "def f():\n    from app.other import y\n    from app.zold import Hook\n"),
    (
        "a heading above the new first",
        "import os\n\nfrom app.other import y\n# of hooks\nfrom app.zold import Hook\n",
    ),
]


@pytest.mark.parametrize(("title", "before", "after"), ORDERED, ids=[c[0] for c in ORDERED])
def test_a_changed_import_stands_in_order(run, title, before, after):
    outcome = run("deprecated-import", before, files=FILES)
    assert outcome.after == after, outcome.notes
    assert not run("deprecated-import", outcome.after, files=FILES).changed


@pytest.mark.parametrize(("title", "code"), WHERE_IT_WAS, ids=[c[0] for c in WHERE_IT_WAS])
def test_where_there_is_no_order_it_stays_in_its_place(run, title, code):
    after = run("deprecated-import", code, files=FILES).after
    assert after == code.replace("app.zold", "app.new")


def test_names_that_moved_by_the_table_too(run):
    lines = "from sqlalchemy import Column\nfrom sqlalchemy.{} import {}\nfrom sqlalchemy.{} import {}\n"
    old, new = ("ext.declarative", "declarative_base"), ("orm", "declarative_base")
    future = ("future", "select")
    outcome = run("moved-names", lines.format(*old, *future), files=FILES)
    assert outcome.after == lines.format(*future, *new)
