"""Properties of the machine, held on random modules around the patterns."""

import ast
from pathlib import Path

import libcst as cst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gardener.codemod.candidates import candidates
from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.file_text import Edit, FileText, Unparsable
from gardener.codemod.project import Project
from gardener.codemod.tree import ParsedFile
from gardener.config import Config

ROOT = Path(__file__).parent / "nowhere"
CONFIG = Config(ROOT)
CODEMODS = list(discover(CONFIG).values())
PROJECT = Project(ROOT, CONFIG)

IMPORTS = st.sampled_from(
    [
        "from datetime import datetime",
        "from datetime import (\n    datetime,\n    timedelta,  # span\n)",
        "import datetime",
        "import datetime as dt",
        "from datetime import *",
        "from pydantic import BaseModel, Extra",
        "import pydantic",
        "from django.utils import timezone",
        "try:\n    from datetime import datetime\nexcept ImportError:\n    datetime = None",
        "from collections import Mapping",
    ]
)
EXPRESSIONS = st.recursive(
    st.sampled_from(
        [
            "datetime.utcnow()",
            "datetime.datetime.utcnow()",
            "dt.datetime.utcnow( )",
            "datetime.utcnow",
            "datetime.utcfromtimestamp(1)",
            "datetime.utcnow().replace(tzinfo=timezone.utc)",
            "datetime.utcnow().timestamp()",
            "'utcnow äöü'",
            "x",
            "f'{datetime.utcnow()} {x!r:>{x}}'",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]},  # c\n    {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} if {p[1]} else None)"),
        inner.map(lambda e: f"[{e} for timezone in ()]"),
        inner.map(lambda e: f"f({e}, default={e})"),
        inner.map(lambda e: f"(lambda datetime: {e})"),
        inner.map(lambda e: f"{{{e}: 1}}"),
        inner.map(lambda e: f"({e})"),
    ),
    max_leaves=4,
)
MODELS = st.sampled_from(
    [
        "class M(BaseModel):\n    class Config:\n        orm_mode = True  # c\n        extra = Extra.forbid",
        "class M(pydantic.BaseModel):\n    x: int\n    class Config: orm_mode = True; frozen = False",
        "class M(BaseModel):\n    class Config:\n        '''Doc.'''\n        a = 1\n        title = f(a)",
        "class N(M):\n    class Config:\n        # only\n        schema_extra = {\n            'x': [1,\n 2]}\n",
        "class M(BaseModel):\n    class Config:\n        pass\n    y = Config",
    ]
)
STATEMENTS = st.one_of(
    EXPRESSIONS.map(lambda e: f"x = {e}"),
    EXPRESSIONS.map(lambda e: f"def f(a={e}):\n    return {e}"),
    EXPRESSIONS.map(lambda e: f"class C:\n    a = {e}\n\n    def m(self): return {e}"),
    EXPRESSIONS.map(lambda e: f"if x: y = {e}; z = 1  # gardener: skip"),
    EXPRESSIONS.map(lambda e: f"# fmt: off\nx = {e}\n# fmt: on"),
    MODELS,
    IMPORTS,
)
MODULES = st.tuples(
    st.lists(IMPORTS, max_size=3),
    st.lists(STATEMENTS, min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from(["", "\n", "\n\x0c\n", "\n# end"]),
)


def module(parts):
    imports, statements, newline, bom, end = parts
    text = "\n".join([*imports, *statements]) + end
    return bom + text.replace("\n", newline).encode()


def run(data):
    return mend(data, "x.py", candidates(data, "x.py", CODEMODS, PROJECT), PROJECT)


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(MODULES.map(module))
def test_the_result_parses_and_a_second_run_changes_nothing(data):
    try:
        done = run(data)
    except Unparsable:
        return
    ast.parse(done.after)
    assert run(done.after).after == done.after
    lines = done.after.count(b"\n") + 1
    assert all(1 <= remark.line <= lines for _, remark in done.remarks)
    assert "left as it is" not in "".join(remark.message for _, remark in done.remarks)


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(MODULES.map(module))
def test_comments_newlines_and_the_mark_at_the_start_stay(data):
    try:
        before = ParsedFile(data)
        done = run(data)
    except Unparsable:
        return
    after = ParsedFile(done.after)
    assert after.bom == before.bom
    assert {c.text for c in before.comments} <= {c.text for c in after.comments}
    if b"\r\n" in data:
        assert done.after.count(b"\n") == done.after.count(b"\r\n")


@settings(max_examples=150)
@given(st.text(alphabet="aä\n\r\t 𝄞'", max_size=40), st.data())
def test_edits_are_spliced_byte_for_byte(text, data):
    raw = ("x = 1\n" + "".join(f"# {line}\n" for line in text.split())).encode()
    source = FileText(raw)
    place = data.draw(st.integers(0, 5))
    edited = source.spliced([Edit(place, place, ""), Edit(0, 1, "yy")]) if place else raw
    assert edited in (raw, b"yy" + raw[1:])


@settings(max_examples=100)
@given(EXPRESSIONS)
def test_a_span_is_what_the_node_is_written_as(expression):
    try:
        file = ParsedFile(f"ä = 1; y = {expression}\n".encode())
    except Unparsable:
        return
    for node in file.index.find(cst.Call):
        start, end = file.span(node)
        bare = node.with_changes(lpar=[], rpar=[])
        assert file.data[start:end].decode() == file.module.code_for_node(bare)
