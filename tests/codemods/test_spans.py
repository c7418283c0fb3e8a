"""Places of nodes: those of one statement alone are those that libcst gives for the whole file."""

import libcst as cst
import pytest

from gardener.codemod.tree import ParsedFile

CASES = [
    "a = f(\n    1,\n    2,\n)\n",
    "class A:\n    def f(self):\n        a = g(\n            1,\n        )\n        a = g(\n            1,\n        )\n",
    "if a:\n  if b:\n     x = {\n       1: 2,\n     }; y = [\n       3,\n     ]\n",
    "class A:\n\tdef f(self):\n\t\treturn g(  # ä\n\t\t\t1,\n\t\t)\n",
    "def f():\n    if a: return g(\n        1)\n    x = '''\n  a\n'''\n",
    "def f():\r\n    return g(\r\n        1,\r\n    )\r\n",
    "def f():\n    return g(\n  1,\n        # one\n 2)\n",
]


@pytest.mark.parametrize("text", CASES)
def test_spans(text):
    whole = ParsedFile(text.encode())
    spans = [whole._spans[node] for node in whole.index.order]
    expected = [(span.start, span.start + span.length) for span in spans]
    for number, place in enumerate(expected):
        file = ParsedFile(text.encode())
        assert file.span(list(file.index.order)[number]) == place


def test_a_statement_over_lines_is_written_out_alone():
    text = "class A:\n    def f(self):\n        a = g(\n            1,\n        )\n"
    file = ParsedFile(text.encode())
    (call,) = file.index.find(cst.Call)
    assert text[slice(*file.span(call))] == "g(\n            1,\n        )"
    assert file.module.body[0] not in file._near
