"""What names mean by the interpreter's symbol tables is what libcst's scopes say."""

import libcst as cst
import pytest
from libcst.metadata import ScopeProvider

from gardener.codemod.meaning import Names
from gardener.codemod.plain_names import PlainNames
from gardener.codemod.tree import ParsedFile

TOP = "import a\nimport b.c\nimport d.e as f\nfrom g import h, i as j\nfrom . import k\nfrom ..l import m\n"
CASES = [
    ("all imports", TOP + "a.x(b.c, f.y, [h], {j: k}, m=m)\n"),
    ("in functions", "def p():\n    import a\n    from g import h\n    def q(x=h): return a, h\n    return q\nh, a\n"),
    ("in two functions", "def p():\n    from g import h\n    return h\ndef q():\n    from r import h\n    return h\n"),
    ("heads", TOP + "@a\ndef p(x: h = j, *, y=k) -> m:\n    import a\n    return a\n"),
    ("twice", "import a\nif x:\n    import a\nelse:\n    from b import a as c\na, c\n"),
    ("two meanings", "try:\n    from a import h\nexcept E:\n    from b import h\nh\n"),
    ("rebound", "import a\nfrom g import h\na = 1\ndef p():\n    global h\n    h = 2\na, h\n"),
    ("parameter", TOP + "def p(a, *h, **j): return a, h, j\nlambda k: (k, m)\n[f for f in m]\na, h\n"),
    ("targets", TOP + "for a in h: pass\nwith j as (k, [m]): pass\n(b, *f) = h\nx[a] = j\n"),
    ("read in places", TOP + "x, y = (a, h)\nfor z in (f, [j]): pass\nx[k:m] += b\n(w := a)\nf'{h!r}{a}'\n"),
    ("match", TOP + "match a:\n    case h(): pass\n    case {'x': 1, **j}: pass\n    case k.x: pass\n    case [m, *f]: pass\n"),
    ("class", "from g import h\nclass A(h):\n    import a\n    x = a\n    def p(self): return a, h\n"),
    ("aliases", "from g import h\nx = h\ny = x.z\nw: int = y\nq = w()\nx, y, w, q\nr = s = h\nr, s\n"),
    ("star", "from a import *\nfrom g import h\nh, x\n"),
    ("nothing", "def p(self, x):\n    self.x = len(x)\n    return self.x\n"),
    ("shadowed in one function", TOP + "def p(a):\n    h = 1\n    def q(): return a, h, j\n    return h\na, h\n"),
    ("method of a class with the name", TOP + "class A:\n    h = 1\n    def p(self): return h, a\n    x = [h for _ in a]\n"),
    ("walrus in a comprehension", TOP + "x = [(a := z) for z in h]\ndef p():\n    [(h := z) for z in m]\n    return h, m\nh, a\n"),
    ("names of comprehensions", TOP + "def genexpr(h): return h\ndef listcomp(): return h\n[h for _ in m]\nlambda: a\n"),
    ("lambda in a default", TOP + "@f(lambda: h)\ndef p(x=lambda a: a, *y: [a for a in m]): return a, h\nclass A(h, b=lambda: m): j = a\n"),
    ("nonlocal", TOP + "def p():\n    import a\n    def q():\n        nonlocal a\n        a = 1\n    return a, h\na\n"),
    ("for the interpreter no program", "import a\ndef p(b, b): return a\n"),
    ("deleted", "import a\nfrom g import h\na\ndel a\ntry: pass\nexcept E as h: pass\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code"), CASES, ids=[c[0] for c in CASES])
def test_plain_names_mean_what_scopes_say(title, code):
    file = ParsedFile(code.encode())
    plain = PlainNames(file.index)
    names = Names(file.wrapper.resolve(ScopeProvider), file.index)
    names.plain = OnlyScopes(file.index)
    told = {}
    for node in file.index.find(cst.Name):
        above = file.index.parent[node]
        is_name = isinstance(above, (cst.ImportAlias, cst.ImportFrom, cst.AsName, cst.NameItem))
        if is_name or (isinstance(above, cst.Attribute) and above.attr is node):
            continue
        target = plain.target(node)
        if target is not None:
            told[node] = target
            assert target == names.meaning(node), file.line(node)
    assert told or title in ("two meanings", "for the interpreter no program")


class OnlyScopes(PlainNames):
    """Tells nothing without scopes."""

    def target(self, node):
        del node
