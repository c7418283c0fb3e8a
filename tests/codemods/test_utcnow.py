"""utcnow: every spelling, and what is left alone; changed code is run before and after."""

import ast
import importlib.util
import re
import sys
import sysconfig
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

FROZEN = 1_700_000_000.123456


@pytest.fixture
def frozen(monkeypatch):
    """A standard library `datetime` whose clock stands still, far from UTC."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    stdlib = Path(sysconfig.get_path("stdlib"))
    path = stdlib / "_pydatetime.py"
    path = path if path.exists() else stdlib / "datetime.py"
    with monkeypatch.context() as only_python:
        only_python.setitem(sys.modules, "_datetime", None)
        spec = importlib.util.spec_from_file_location("datetime", path)
        assert spec and spec.loader
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)

    class Clock:
        def __getattr__(self, name):
            return getattr(time, name)

        def time(self):
            return FROZEN

    module._time = Clock()
    monkeypatch.setitem(sys.modules, "datetime", module)
    yield module
    monkeypatch.undo()
    time.tzset()


PRELUDE = "import sys, functools, dataclasses, collections\n"


def execute(code):
    space = {"__name__": "example"}
    future, code = code[: code.find("\n") + 1] * code.startswith("from __future__"), code
    exec(compile(future + PRELUDE + code.removeprefix(future), "example", "exec"), space)
    return {k: repr(v) for k, v in space.items() if k.startswith("r")}


CHANGED = [
    ("plain", "from datetime import datetime\nr = datetime.utcnow()\n"),
    ("module", "import datetime\nr = datetime.datetime.utcnow()\n"),
    ("module alias", "import datetime as dt\nr = dt.datetime.utcnow()\n"),
    ("class alias", "from datetime import datetime as DT\nr = DT.utcnow()\n"),
    ("alias called timezone", "from datetime import datetime as timezone\nr = timezone.utcnow()\n"),
    (
        "both imports",
        "import datetime as d\nfrom datetime import datetime\nr = datetime.utcnow()\n",
    ),
    (
        "in a function",
        "def f():\n    from datetime import datetime\n    return datetime.utcnow()\nr = f()\n",
    ),
    (
        "in a method",
        "def f():\n    import datetime\n    return datetime.datetime.utcnow()\nr = f()\n",
    ),
    (
        "two scopes",
        "import datetime\ndef f():\n    from datetime import datetime\n    return datetime.utcnow()\nr = f(), datetime.datetime.utcnow()\n",
    ),
    (
        "parentheses",
        "from datetime import (\n    datetime,\n    timedelta,\n)\nr = datetime.utcnow() - timedelta(1)\n",
    ),
    (
        "parentheses, no comma",
        "from datetime import (\n    date,\n    datetime\n)\nr = datetime.utcnow()\n",
    ),
    (
        "parentheses, comment",
        "from datetime import (\n    datetime,  # the class\n    timedelta,  # the span\n)\nr = datetime.utcnow()\n",
    ),
    (
        "parentheses, comment, no comma",
        "from datetime import (\n    datetime,  # the class\n    timedelta  # the span\n)\nr = datetime.utcnow()\n",
    ),
    (
        "packed parentheses",
        "from datetime import (datetime,\n                      timedelta)\nr = datetime.utcnow()\n",
    ),
    (
        "packed parentheses, sorted",
        "from datetime import (datetime, timedelta,\n                      tzinfo)\nr = datetime.utcnow()\n",
    ),
    ("backslash", "from datetime import datetime, \\\n    timedelta\nr = datetime.utcnow()\n"),
    ("semicolon", "from datetime import datetime; x = 1; r = datetime.utcnow(); y = 2\n"),
    ("timezone there", "from datetime import datetime, timezone\nr = datetime.utcnow()\n"),
    (
        "timezone there as tz",
        "from datetime import datetime, timezone as tz\nr = datetime.utcnow()\n",
    ),
    (
        "timezone imported below",
        "from datetime import datetime\nr = datetime.utcnow()\nfrom datetime import timezone\nr2 = timezone.utc\n",
    ),
    (
        "timezone elsewhere",
        "from datetime import datetime\ndef timezone(): return 1\nr = datetime.utcnow(), timezone()\n",
    ),
    (
        "timezone is a parameter",
        "from datetime import datetime\ndef f(timezone=5): return datetime.utcnow(), timezone\nr = f()\n",
    ),
    (
        "timezone is an attribute",
        "from datetime import datetime\nclass C:\n    timezone = 3\n    now = [datetime.utcnow()]\nr = C.now, C.timezone\n",
    ),
    (
        "timezone is a loop variable",
        "from datetime import datetime\nfor timezone in [1]:\n    r = datetime.utcnow(), timezone\n",
    ),
    (
        "timezone and the other are taken",
        "from datetime import datetime\ntimezone = dt_timezone = 1\nr = datetime.utcnow(), timezone, dt_timezone\n",
    ),
    (
        "star before",
        "from collections import *\nfrom datetime import datetime\nr = datetime.utcnow()\n",
    ),
    ("strange layout", "from datetime import datetime\nr = datetime . utcnow (  # now\n    )\n"),
    (
        "broken chain",
        "from datetime import datetime\nr = (\n    datetime\n    .utcnow()  # when\n    .replace(microsecond=0)\n)\n",
    ),
    ("isoformat and Z", 'from datetime import datetime\nr = datetime.utcnow().isoformat() + "Z"\n'),
    (
        "f-string",
        'from datetime import datetime\nr = f"at {datetime.utcnow()} {datetime.utcnow():%Y-%m-%d} {datetime.utcnow().isoformat()!r}Z"\n',
    ),
    (
        "f-string, nested",
        'from datetime import datetime\nw = 40\nr = f"{datetime.utcnow().isoformat():>{w}}"\n',
    ),
    (
        "f-string, triple",
        'from datetime import datetime\nr = f"""a\n  {datetime.utcnow()}\n{ datetime.utcfromtimestamp(3) }\n"""\n',
    ),
    (
        "f-string, joined",
        'from datetime import datetime\nr = ("x"\n     f"{datetime.utcnow()}"\n     f"ä {datetime.utcnow()}")\n',
    ),
    (
        "f-string, nested string",
        "from datetime import datetime\nr = f\"{', '.join([str(datetime.utcnow())])}\"\n",
    ),
    ("lambda", "from datetime import datetime\nf = lambda: datetime.utcnow()\nr = f()\n"),
    ("default", "from datetime import datetime\ndef f(x=datetime.utcnow()): return x\nr = f()\n"),
    (
        "comprehension",
        "from datetime import datetime\nr = [datetime.utcnow() for _ in range(2)], {1: datetime.utcnow() for _ in 'a'}\n",
    ),
    ("walrus", "from datetime import datetime\nif (now := datetime.utcnow()): r = now\n"),
    (
        "decorator",
        "from datetime import datetime\ndef d(x): return lambda f: x\n@d(datetime.utcnow())\ndef r(): pass\n",
    ),
    ("ternary", "from datetime import datetime\nr = None or datetime.utcnow() if True else 1\n"),
    (
        "subscript",
        "from datetime import datetime\nr = [datetime.utcnow()][0].year, {datetime.utcnow(): 1}\n",
    ),
    (
        "global",
        "from datetime import datetime\nnow = None\ndef f():\n    global now\n    now = datetime.utcnow()\nf()\nr = now\n",
    ),
    (
        "class body",
        "from datetime import datetime\nclass C:\n    created = datetime.utcnow()\nr = C.created\n",
    ),
    (
        "import in a class body",
        "class C:\n    from datetime import datetime\n    created = datetime.utcnow()\nr = C.created\n",
    ),
    (
        "reference",
        "from datetime import datetime\nr = dataclasses.field(default_factory=datetime.utcnow).default_factory()\n",
    ),
    (
        "reference, module",
        "import datetime\nr = dataclasses.field(default_factory=datetime.datetime.utcnow).default_factory()\n",
    ),
    (
        "reference, positional",
        "from datetime import datetime\ndef call(f, *a): return f(*a)\nr = call(datetime.utcnow), call(datetime.utcfromtimestamp, 3)\n",
    ),
    (
        "reference, partial",
        "from datetime import datetime\nr = functools.partial(datetime.utcnow)()\n",
    ),
    (
        "reference, map",
        "from datetime import datetime\nr = list(map(datetime.utcfromtimestamp, [1, 2]))\n",
    ),
    ("reference, variable", "from datetime import datetime\nnow = datetime.utcnow\nr = now()\n"),
    (
        "reference, or",
        "from datetime import datetime\ndef f(clock=None):\n    clock = clock or datetime.utcnow\n    return clock()\nr = f()\n",
    ),
    (
        "reference, ternary",
        "from datetime import datetime\nf = datetime.utcnow if True else None\nr = f()\n",
    ),
    (
        "reference, default",
        "from datetime import datetime\ndef f(clock=datetime.utcnow, *, other=datetime.utcnow): return clock(), other()\nr = f()\n",
    ),
    (
        "reference, dictionary",
        "from datetime import datetime\nd = {'now': datetime.utcnow, 'x': [datetime.utcnow]}\nr = d['now'](), d['x'][0]()\n",
    ),
    ("reference, tuple", "from datetime import datetime\nf, g = datetime.utcnow, 1\nr = f()\n"),
    (
        "reference, return",
        "from datetime import datetime\ndef f():\n    return datetime.utcnow\nr = f()()\n",
    ),
    (
        "reference, staticmethod",
        "from datetime import datetime\nclass C:\n    now = staticmethod(datetime.utcnow)\nr = C.now(), C().now()\n",
    ),
    (
        "reference, class attribute",
        "from datetime import datetime\nclass C:\n    now = datetime.utcnow\n    def f(self): return self.now()\nr = C.now(), C().now(), C().f()\n",
    ),
    (
        "reference, self",
        "from datetime import datetime\nclass C:\n    def __init__(self): self.now = datetime.utcnow\nr = C().now()\n",
    ),
    ("reference, called at once", "from datetime import datetime\nr = (datetime.utcnow)()\n"),
    (
        "reference, argument in a lambda",
        "from datetime import datetime\nf = lambda: datetime.utcnow\nr = f()()\n",
    ),
    ("from a timestamp", "from datetime import datetime\nr = datetime.utcfromtimestamp(0)\n"),
    (
        "from a timestamp, comma",
        "from datetime import datetime\nr = datetime.utcfromtimestamp(\n    1.5,\n)\n",
    ),
    (
        "from a timestamp, star",
        "from datetime import datetime\nargs = [2.25]\nr = datetime.utcfromtimestamp(*args)\n",
    ),
    (
        "from a timestamp, parentheses",
        "from datetime import datetime\nr = datetime.utcfromtimestamp((1 + 2))\n",
    ),
    (
        "from a timestamp, comment",
        "from datetime import datetime\nr = datetime.utcfromtimestamp(\n    1 + 2  # three\n)\n",
    ),
    (
        "from a timestamp, nested",
        "from datetime import datetime\nr = datetime.utcfromtimestamp(datetime.utcfromtimestamp(7).second)\n",
    ),
    (
        "from a timestamp, lambda",
        "from datetime import datetime\nr = datetime.utcfromtimestamp((lambda: 3)())\n",
    ),
    (
        "aware at once",
        "from datetime import datetime, timezone\nr = datetime.utcnow().replace(tzinfo=timezone.utc)\n",
    ),
    (
        "aware at once, more",
        "from datetime import datetime, timezone\nr = datetime.utcnow().replace(tzinfo=timezone.utc, microsecond=0), datetime.utcnow().replace(microsecond=0, tzinfo=timezone.utc), datetime.utcnow().replace(second=0, tzinfo=timezone.utc, microsecond=0)\n",
    ),
    (
        "aware in two steps",
        "from datetime import datetime, timezone\nr = datetime.utcnow().replace(microsecond=0).replace(tzinfo=timezone.utc)\n",
    ),
    (
        "aware, from a timestamp",
        "from datetime import datetime, timezone\nr = datetime.utcfromtimestamp(5).replace(tzinfo=timezone.utc)\n",
    ),
    (
        "aware, module",
        "import datetime\nr = datetime.datetime.utcnow().replace(tzinfo=datetime.timezone.utc)\n",
    ),
    (
        "aware, another zone",
        "from datetime import datetime, timezone, timedelta\nr = datetime.utcnow().replace(tzinfo=timezone(timedelta(hours=2)))\n",
    ),
    (
        "aware, unknown zone",
        "from datetime import datetime, timezone\nUTC = timezone.utc\nr = datetime.utcnow().replace(tzinfo=UTC)\n",
    ),
    (
        "aware, comment",
        "from datetime import datetime, timezone\nr = (\n    datetime.utcnow()  # naive\n    .replace(tzinfo=timezone.utc)\n)\n",
    ),
    (
        "aware, zone in parentheses",
        "from datetime import datetime, timezone\nr = datetime.utcnow().replace(tzinfo=(timezone.utc), microsecond=0)\n",
    ),
    (
        "aware and its timestamp",
        "from datetime import datetime, timezone\nr = datetime.utcnow().replace(tzinfo=timezone.utc).timestamp()\n",
    ),
    (
        "naive on purpose",
        "from datetime import datetime\nr = datetime.utcnow().replace(tzinfo=None)\n",
    ),
    (
        "replace with a dictionary",
        "from datetime import datetime, timezone\nk = {'tzinfo': timezone.utc}\nr = datetime.utcnow().replace(**k)\n",
    ),
    (
        "made aware later",
        "from datetime import datetime, timezone\nnow = datetime.utcnow()\nr = now.replace(tzinfo=timezone.utc)\n",
    ),
    (
        "ordinary methods",
        "from datetime import datetime\nnow = datetime.utcnow()\nr = now.date(), now.timetuple(), now.strftime('%Y'), datetime.utcnow().ctime()\n",
    ),
    (
        "subclass",
        "from datetime import datetime\nclass Mine(datetime):\n    def hello(self): return 1\nr = Mine.utcnow(), type(Mine.utcnow()).__name__, Mine.utcnow().hello()\n",
    ),
    (
        "subclass, module",
        "import datetime\nclass Mine(datetime.datetime):\n    pass\nr = Mine.utcnow()\n",
    ),
    (
        "super",
        "from datetime import datetime\nclass Mine(datetime):\n    @classmethod\n    def moment(cls): return super().utcnow()\nr = Mine.moment()\n",
    ),
    ("class by assignment", "import datetime\nDT = datetime.datetime\nr = DT.utcnow()\n"),
    (
        "class by assignment of a name",
        "from datetime import datetime\nDT = datetime\nr = DT.utcnow()\n",
    ),
    (
        "import in try",
        "try:\n    from datetime import datetime\nexcept ImportError:\n    raise\nr = datetime.utcnow()\n",
    ),
    (
        "import in both branches",
        "if sys:\n    from datetime import datetime\nelse:\n    from datetime import datetime\nr = datetime.utcnow()\n",
    ),
    (
        "async",
        "from datetime import datetime\nimport asyncio\nasync def f(): return [datetime.utcnow() async for _ in g()]\nasync def g(): yield 1\nr = asyncio.run(f())\n",
    ),
    (
        "match",
        "from datetime import datetime\nmatch datetime.utcnow():\n    case datetime() as found: r = found\n",
    ),
    ("UTC there", "from datetime import UTC, datetime\nr = datetime.utcnow()\n"),
    (
        "docstring stays",
        '"""Says utcnow() here."""\nfrom datetime import datetime\nr = datetime.utcnow()  # utcnow\n',
    ),
    (
        "future import",
        "from __future__ import annotations\nfrom datetime import datetime\nr = datetime.utcnow()\n",
    ),
    (
        "arithmetic",
        "from datetime import datetime, timedelta\nr = datetime.utcnow() + timedelta(days=1), -(datetime.utcnow() - datetime.utcnow())\n",
    ),
    (
        "keyword argument",
        "from datetime import datetime\nr = dict(a=datetime.utcnow(), **{'b': datetime.utcnow()})\n",
    ),
    (
        "await-like names",
        "from datetime import datetime\nutcnow = 3\nr = utcnow, datetime.utcnow()\n",
    ),
    (
        "nested function default",
        "from datetime import datetime\nclass A:\n    def f(self, when: datetime = datetime.utcnow()) -> datetime:\n        return when\nr = A().f()\n",
    ),
    (
        "duplicate imports",
        "from datetime import datetime\nfrom datetime import datetime\nr = datetime.utcnow()\n",
    ),
    ("tabs", "from datetime import datetime\ndef f():\n\treturn datetime.utcnow()\nr = f()\n"),
    (
        "type comment",
        "from datetime import datetime\nx = datetime.utcnow()  # type: datetime\nr = x\n",
    ),
    (
        "noqa of something else",
        "from datetime import datetime\nr = datetime.utcnow()  # noqa: E501\n",
    ),
]


@pytest.mark.parametrize(("title", "code"), CHANGED, ids=[c[0] for c in CHANGED])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_changed_and_means_the_same(run, frozen, title, code):
    if "UTC," in code and sys.version_info < (3, 11):
        pytest.skip("datetime.UTC is new in 3.11")
    outcome = run("utcnow", code)
    assert outcome.changed, outcome.notes
    names = [n for n in ast.walk(ast.parse(outcome.after)) if isinstance(n, ast.Attribute)]
    left = [n for n in names if n.attr in ("utcnow", "utcfromtimestamp")]
    assert not left, outcome.after
    assert execute(outcome.after) == execute(code), outcome.after
    assert len(re.findall("#.*", outcome.after)) == len(re.findall("#.*", code))
    assert not outcome.remarks


LEFT = [
    ("star", "from datetime import *\nr = datetime.utcnow()\n", "2: utcnow: it is not certain"),
    (
        "star behind",
        "from datetime import datetime\nfrom x import *\nr = datetime.utcnow()\n",
        "3:",
    ),
    (
        "parameter",
        "from datetime import datetime\ndef f(datetime): return datetime.utcnow()\n",
        "2:",
    ),
    (
        "rebound",
        "from datetime import datetime\ndatetime = other(datetime)\nr = datetime.utcnow()\n",
        "3:",
    ),
    (
        "rebound in a function",
        "from datetime import datetime\ndef f():\n    datetime = g()\n    return datetime.utcnow()\n",
        "4:",
    ),
    ("deleted", "from datetime import datetime\nr = datetime.utcnow()\ndel datetime\n", "2:"),
    (
        "two meanings",
        "import datetime\nfrom datetime import datetime\nr = datetime.utcnow()\n",
        "3:",
    ),
    (
        "other module",
        "from app.compat import datetime\nr = datetime.utcnow()\n",
        "not the standard library's",
    ),
    (
        "timestamp",
        "from datetime import datetime\nr = datetime.utcnow().timestamp()\n",
        "local time",
    ),
    (
        "timestamp, later",
        "from datetime import datetime\nr = datetime.utcnow().replace(microsecond=0).timestamp()\n",
        "local time",
    ),
    (
        "timestamp of a sum",
        "from datetime import datetime, timedelta\nr = (datetime.utcnow() - timedelta(1)).timestamp()\n",
        "local time",
    ),
    (
        "astimezone",
        "from datetime import datetime\nr = datetime.utcnow().astimezone()\n",
        "local time",
    ),
    (
        "strftime %s",
        "from datetime import datetime\nr = datetime.utcnow().strftime('%s')\n",
        "local time",
    ),
    ("compared", "from datetime import datetime\nr = f is datetime.utcnow\n", "compared"),
    (
        "compared in a tuple",
        "from datetime import datetime\nr = f in (datetime.utcnow, g)\n",
        "compared",
    ),
    ("key", "from datetime import datetime\nr = {datetime.utcnow: 1}\n", "key"),
    (
        "attribute of it",
        "from datetime import datetime\nr = datetime.utcnow.__name__\n",
        "attribute",
    ),
    (
        "django default",
        "from datetime import datetime\nfrom django.db import models\nclass M(models.Model):\n    at = models.DateTimeField(default=datetime.utcnow)\n",
        "migrations",
    ),
    (
        "process",
        "from datetime import datetime\nfrom concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor() as p:\n    p.submit(datetime.utcnow)\n",
        "process",
    ),
    (
        "enum",
        "from datetime import datetime\nclass E(Enum):\n    now = datetime.utcnow\n",
        "class attribute",
    ),
    (
        "dataclass field",
        "from datetime import datetime\n@dataclass\nclass E:\n    now: object = datetime.utcnow\n",
        "class attribute",
    ),
    (
        "set on a class",
        "from datetime import datetime\nC.now = datetime.utcnow\n",
        "another object",
    ),
    (
        "setattr",
        "from datetime import datetime\nsetattr(C, 'now', datetime.utcnow)\n",
        "another object",
    ),
    (
        "patched",
        "from datetime import datetime\nfrom unittest.mock import patch\nwith patch('app.datetime') as m:\n    m.utcnow.return_value = 1\n    r = datetime.utcnow()\n",
        "mocked",
    ),
    (
        "patched object",
        "import datetime\nfrom unittest import mock\nwith mock.patch.object(datetime, 'datetime'):\n    r = datetime.datetime.utcnow()\n",
        "mocked",
    ),
    (
        "monkeypatch",
        "from datetime import datetime\ndef test(monkeypatch):\n    monkeypatch.setattr('app.datetime', 1)\n    r = datetime.utcnow()\n",
        "mocked",
    ),
    (
        "freezegun with an offset",
        "from datetime import datetime\nfrom freezegun import freeze_time\n@freeze_time('2020-01-01', tz_offset=-4)\ndef test():\n    assert datetime.utcnow()\n",
        "frozen",
    ),
    (
        "time-machine",
        "from datetime import datetime\nimport time_machine\nr = datetime.utcnow()\n",
        "frozen",
    ),
    (
        "freezer",
        "from datetime import datetime\ndef test(freezer):\n    r = datetime.utcnow()\n",
        "frozen",
    ),
    (
        "replaced",
        "import datetime\ndatetime.datetime = Fake\nr = datetime.datetime.utcnow()\n",
        "replaced",
    ),
    (
        "f-string that shows itself",
        'from datetime import datetime\nr = f"{datetime.utcnow()=}"\n',
        "prints the expression",
    ),
    (
        "class scope",
        "class C:\n    from datetime import datetime\n    f = field(default_factory=datetime.utcnow)\n",
        "class body",
    ),
    ("arguments", "from datetime import datetime\nr = datetime.utcnow(1)\n", "no arguments"),
    (
        "subclass that changes now",
        "from datetime import datetime\nclass M(datetime):\n    @classmethod\n    def now(cls, tz=None): return 1\nr = M.utcnow()\n",
        "subclass changes",
    ),
    ("decorator", "from datetime import datetime\n@datetime.utcnow\ndef f(): pass\n", "decorator"),
]


@pytest.mark.parametrize(("title", "code", "note"), LEFT, ids=[c[0] for c in LEFT])
def test_left_alone_with_a_note(run, title, code, note):
    outcome = run("utcnow", code)
    assert outcome.after == code
    assert note in outcome.notes


SILENT = [
    ("another library", "import arrow\nr = arrow.utcnow()\n# datetime\n"),
    ("an attribute of a thing", "import datetime\nr = self.clock.utcnow()\n"),
    ("its own function", "import datetime\ndef utcnow(): return 1\nr = utcnow()\n"),
    ("strings and comments", "import datetime\n# datetime.utcnow()\nr = 'datetime.utcnow()'\n"),
    ("noqa", "from datetime import datetime\nr = datetime.utcnow()  # noqa: DTZ003\n"),
    (
        "noqa with more",
        "from datetime import datetime\nr = datetime.utcnow()  # noqa: E501, DTZ003\n",
    ),
    ("skip", "from datetime import datetime\nr = datetime.utcnow()  # gardener: skip\n"),
    (
        "skip by name",
        "from datetime import datetime\nr = datetime.utcnow()  # gardener: skip=utcnow\n",
    ),
    (
        "skip of the file",
        "# gardener: skip\nfrom datetime import datetime\nr = datetime.utcnow()\n",
    ),
    ("skip before", "from datetime import datetime\n# gardener: skip\nr = datetime.utcnow()\n"),
    ("fmt off", "from datetime import datetime\n# fmt: off\nr = datetime.utcnow()\n# fmt: on\n"),
    ("fmt skip", "from datetime import datetime\nr = datetime.utcnow()  # fmt: skip\n"),
    (
        "own utcnow of a subclass",
        "from datetime import datetime\nclass M(datetime):\n    @classmethod\n    def utcnow(cls): return 1\nr = M.utcnow()\n",
    ),
]


@pytest.mark.parametrize(("title", "code"), SILENT, ids=[c[0] for c in SILENT])
def test_left_alone_without_a_word(run, title, code):
    outcome = run("utcnow", code)
    assert outcome.after == code
    assert not outcome.remarks


def test_only_the_skipped_line_is_skipped(run):
    code = "from datetime import datetime\na = datetime.utcnow()  # gardener: skip=other\nb = datetime.utcnow()  # gardener: skip\n"
    outcome = run("utcnow", code)
    assert outcome.after == (
        "from datetime import datetime, timezone\n"
        "a = datetime.now(timezone.utc).replace(tzinfo=None)  # gardener: skip=other\n"
        "b = datetime.utcnow()  # gardener: skip\n"
    )


def test_pytz(run):
    code = "import pytz\nfrom datetime import datetime\na = pytz.utc.localize(datetime.utcnow())\nb = datetime.utcnow().replace(tzinfo=pytz.UTC)\n"
    outcome = run("utcnow", code)
    assert outcome.after.endswith("a = datetime.now(pytz.utc)\nb = datetime.now(pytz.UTC)\n")


def test_a_later_timestamp_is_told_at_its_own_line(run):
    code = "from datetime import datetime\nnow = datetime.utcnow()\n\nx = now.timestamp()\n"
    outcome = run("utcnow", code)
    assert "replace(tzinfo=None)" in outcome.after
    assert outcome.notes.startswith("4: ")


AWARE = [
    ("r = datetime.utcnow()", "r = datetime.now(timezone.utc)"),
    ("r = datetime.utcnow().timestamp()", "r = datetime.now(timezone.utc).timestamp()"),
    (
        "r = field(default_factory=datetime.utcnow)",
        "r = field(default_factory=lambda: datetime.now(timezone.utc))",
    ),
    (
        'r = datetime.utcnow().isoformat() + "Z"',
        'r = datetime.now(timezone.utc).replace(tzinfo=None).isoformat() + "Z"',
    ),
    (
        'r = f"{datetime.utcnow().isoformat()}Z"',
        'r = f"{datetime.now(timezone.utc).replace(tzinfo=None).isoformat()}Z"',
    ),
    (
        'n = datetime.utcnow()\nr = n.isoformat() + "Z"',
        'n = datetime.now(timezone.utc).replace(tzinfo=None)\nr = n.isoformat() + "Z"',
    ),
    (
        "r = datetime.utcnow().replace(tzinfo=None)",
        "r = datetime.now(timezone.utc).replace(tzinfo=None)",
    ),
]


@pytest.mark.parametrize(("before", "after"), AWARE)
@pytest.mark.parametrize("how", [{"unsafe": True}, {"utcnow": "aware"}])
def test_aware(run, before, after, how):
    outcome = run("utcnow", f"from datetime import datetime\n{before}\n", **how)
    assert outcome.after == f"from datetime import datetime, timezone\n{after}\n"


def test_utc_where_the_project_prefers_it(run):
    files = {"pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'}
    code = "from datetime import datetime\nr = datetime.utcnow()\n"
    assert "datetime.now(UTC)" in run("utcnow", code, files=files, prefer_utc=True).after
    assert "timezone.utc" in run("utcnow", code, files=files).after
    old = {"pyproject.toml": '[project]\nrequires-python = ">=3.10"\n'}
    assert "timezone.utc" in run("utcnow", code, files=old, prefer_utc=True).after


def test_a_module_that_a_test_patches_is_left_alone(run):
    files = {
        "tests/test_it.py": "from unittest.mock import patch\n\n@patch('app.service.datetime')\ndef test_it(clock): ...\n",
        "app/__init__.py": "",
    }
    code = "from datetime import datetime\nr = datetime.utcnow()\n"
    outcome = run("utcnow", code, path="app/service.py", files=files)
    assert outcome.after == code
    assert "tests/test_it.py:3" in outcome.notes
    assert run("utcnow", code, path="app/other.py", files=files).changed


OWN = "from datetime import datetime\n\n\ndef utcnow():\n    return datetime.utcnow()\n"
OWN_PATCHES = [
    # A function of the project's own is patched, datetime is not.
    ("@mock.patch('app.helpers.utcnow', return_value=1)\ndef test_it(clock): ...\n", True),
    ("def test_it(monkeypatch):\n    monkeypatch.setattr(helpers, 'utcnow', f)\n", True),
    ("def test_it():\n    with mock.patch.object(helpers, 'utcnow'):\n        pass\n", True),
    ("@mock.patch('app.helpers.datetime')\ndef test_it(clock): ...\n", False),
    ("def test_it(monkeypatch):\n    monkeypatch.setattr(helpers.datetime, 'utcnow', f)\n", False),
    ("@mock.patch('app.helpers.datetime.utcnow')\ndef test_it(clock): ...\n", False),
]


@pytest.mark.parametrize(("patch", "is_changed"), OWN_PATCHES)
def test_a_patched_function_of_a_module_s_own_is_no_mock_of_the_clock(run, patch, is_changed):
    test = f"from datetime import datetime\nfrom unittest import mock\n\nfrom app import helpers\n\n\n{patch}"
    files = {"app/__init__.py": "", "app/helpers.py": OWN, "tests/test_it.py": test}
    assert run("utcnow", OWN, path="app/helpers.py", files=files).changed is is_changed
    calls = f"{test}\n\nnow = datetime.utcnow()\n"
    assert run("utcnow", calls, path="tests/test_it.py", files=files).changed is is_changed


def test_a_mock_for_all_modules_is_told_as_one(run):
    test = "from unittest.mock import patch\n\n\n@patch('datetime.datetime')\ndef test_it(clock): ...\n"
    code = "import datetime\n\nnow = datetime.datetime.utcnow()\n"
    outcome = run("utcnow", code, path="app.py", files={"test_it.py": test})
    assert not outcome.changed
    assert "test_it.py:4 mocks datetime.datetime for all modules" in outcome.notes


@pytest.mark.parametrize("read", ["timetuple()", "utctimetuple()", "toordinal()", "date()", "year"])
def test_what_reads_the_value_alike_with_a_zone_gets_one(run, read):
    code = f"import datetime\n\nx = tuple([datetime.datetime.utcfromtimestamp(1e9).{read}])\n"
    after = run("utcnow", code).after
    assert f"fromtimestamp(1e9, datetime.timezone.utc).{read}]" in after
    names: list[dict[str, object]] = [{}, {}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text, values in zip((code, after), names, strict=True):
            exec(text, values)
    before, now = (values["x"] for values in names)
    assert before == now


def test_a_comment_stays_with_the_name_that_becomes_a_function(run):
    code = "import datetime\n\nNOW = datetime.datetime.utcnow  # To be replaced by tests.\n"
    after = run("utcnow", code).after
    assert after == (
        "import datetime\n\n\ndef NOW():  # To be replaced by tests.\n"
        "    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)\n"
    )


BYTES = [
    ("crlf", b"from datetime import (\r\n    datetime,\r\n)\r\nx = datetime.utcnow()\r\n"),
    ("bom", b"\xef\xbb\xbffrom datetime import datetime\nx = datetime.utcnow()\n"),
    (
        "latin-1",
        b"# -*- coding: latin-1 -*-\nfrom datetime import datetime\ns = '\xe9\xe8'; x = datetime.utcnow()  # \xfc\n",
    ),
    (
        "form feed",
        b"from datetime import datetime\n\x0c\ndef f():\n    s = 'a\x0cb'\n    return datetime.utcnow()\n",
    ),
    ("no last newline", b"from datetime import datetime\nx = datetime.utcnow()"),
    (
        "wide letters",
        "from datetime import datetime\ns = 'äöü€𝄞'; x = datetime.utcnow()  # ß\n".encode(),
    ),
    ("carriage return", b"from datetime import datetime\rx = datetime.utcnow()\r"),
    (
        "nul-free odd space",
        "from datetime import datetime\nx = [datetime.utcnow(), '\u2028\x85\x1c']\n".encode(),
    ),
]


@pytest.mark.parametrize(("title", "data"), BYTES, ids=[c[0] for c in BYTES])
def test_the_rest_stays_byte_for_byte(tmp_path, title, data):
    from gardener.codemod.discovery import discover
    from gardener.codemod.engine import mend
    from gardener.codemod.project import Project
    from gardener.config import Config

    config = Config(tmp_path)
    after = mend(data, "x.py", [discover(config)["utcnow"]], Project(tmp_path, config)).after
    assert after != data
    undone = after.replace(b"now(timezone.utc).replace(tzinfo=None)", b"utcnow()")
    undone = re.sub(rb", timezone(?=[\r\n])|    timezone,\r\n", b"", undone)
    assert undone == data


ZULU = [
    "x = str(datetime.utcnow()) + 'Z'\n",
    "x = '%sZ' % datetime.utcnow().isoformat()\n",
    "x = ''.join([datetime.utcnow().isoformat(), 'Z'])\n",
    "x = datetime.utcnow().isoformat()[:-3] + 'Z'\n",
    "x = '{}Z'.format(datetime.utcnow().isoformat())\n",
    "x = (datetime.utcnow() - datetime(1970, 1, 1)).total_seconds()\n",
    "EPOCH = datetime(1970, 1, 1)\nx = datetime.utcnow().replace(microsecond=0) > EPOCH\n",
    "x = datetime.strptime('2020', '%Y') < datetime.utcnow()\n",
    "x = datetime.now().replace(tzinfo=None) - datetime.utcnow()\n",
]


@pytest.mark.parametrize("code", ZULU)
def test_aware_would_break_it_so_it_stays_naive(run, code):
    outcome = run("utcnow", f"from datetime import datetime\n{code}", unsafe=True)
    assert ".now(timezone.utc).replace(tzinfo=None)" in outcome.after or (
        ".now(timezone.utc).replace(" in outcome.after and "tzinfo=None" in outcome.after
    )


def test_an_import_for_another_scope_is_left_alone(run):
    code = "def load():\n    global datetime\n    from datetime import datetime\n\n\ndef f():\n    return datetime.utcnow()\n"
    outcome = run("utcnow", code)
    assert outcome.after == code
    assert "for another scope" in outcome.notes


def test_a_function_that_is_compared_elsewhere_is_left_alone(run):
    code = "from datetime import datetime\n\n\ndef f(g):\n    return g is datetime.utcnow\n\n\nx = f(datetime.utcnow)\n"
    outcome = run("utcnow", code)
    assert outcome.after == code
    assert "line 5 compares" in outcome.notes


def test_a_module_whose_datetime_a_test_sets_is_left_alone(run):
    code = "from datetime import datetime\nx = datetime.utcnow\ny = datetime.utcnow()\n"
    test = "import example\n\n\ndef test():\n    example.datetime = None\n"
    outcome = run("utcnow", code, files={"test_example.py": test})
    assert outcome.after == code
    assert "test_example.py:5" in outcome.notes


def test_a_star_import_gets_no_name_that_it_has(run):
    code = "from datetime import datetime\n\n\ndef f():\n    return datetime.utcnow()\n"
    files = {"user.py": "timezone = 'Europe/Rome'\nfrom example import *\n"}
    assert "timezone as _timezone" in run("utcnow", code, files=files).after


@pytest.mark.parametrize("wait", ["warns(DeprecationWarning)", "deprecated_call()"])
def test_a_test_of_the_warning_is_left_alone(run, wait):
    code = f"import pytest\nfrom datetime import datetime\nwith pytest.{wait}:\n    datetime.utcnow()\n"
    outcome = run("utcnow", code)
    assert outcome.after == code
    assert "waits here for the warning" in outcome.notes


def test_each_branch_imports_timezone_once(run):
    code = "if a:\n    from datetime import datetime\nelse:\n    from datetime import datetime, timezone\nx = datetime.utcnow()\n"
    after = run("utcnow", code).after
    assert after.count("import datetime, timezone\n") == 2


HEAD = "from datetime import datetime, timezone\n\n"
BREAKS = [
    (
        "at an indentation",
        "def f(seconds):\n    expires_at = datetime.utcnow() + timedelta(seconds=seconds * 60 * 60)\n",
        "def f(seconds):\n    expires_at = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(\n"
        "        seconds=seconds * 60 * 60\n    )\n",
    ),
    (
        "a reference in a call over lines",
        "x = Column(\n    DateTime, index=True, nullable=False, default=datetime.utcnow\n)\n",
        "x = Column(\n    DateTime,\n    index=True,\n    nullable=False,\n"
        "    default=lambda: datetime.now(timezone.utc).replace(tzinfo=None),\n)\n",
    ),
    (
        "an argument",
        "x = Column(DateTime(timezone=False), nullable=True, default=datetime.utcnow)\n",
        "x = Column(\n    DateTime(timezone=False),\n    nullable=True,\n"
        "    default=lambda: datetime.now(timezone.utc).replace(tzinfo=None),\n)\n",
    ),
    (
        "arguments that fit on a line",
        "assert handler.stop(datetime.utcnow(), 'aaaaaaaaaaaaaaaaaaaaaa') is None\n",
        "assert handler.stop(\n    datetime.now(timezone.utc).replace(tzinfo=None), 'aaaaaaaaaaaaaaaaaaaaaa'\n"
        ") is None\n",
    ),
    (
        "a dictionary that a line holds",
        "f(\n    {'exp': datetime.utcnow() + timedelta(seconds=60), 'id': ROOT_USER_ID},\n    b,\n)\n",
        "f(\n    {\n        'exp': datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=60),\n"
        "        'id': ROOT_USER_ID,\n    },\n    b,\n)\n",
    ),
    (
        "a list behind other arguments",
        "@parametrize(\n    'expires', 'later', [datetime.utcnow() + timedelta(seconds=60)]\n)\ndef f(): ...\n",
        "@parametrize(\n    'expires',\n    'later',\n"
        "    [datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=60)],\n"
        ")\ndef f(): ...\n",
    ),
    (
        "brackets in texts and comments",
        "x = f(')(', datetime.utcnow(), aaaaaaaaaaaaaaaaaaaaaaaaa, b)  # (\n",
        "x = f(\n    ')(', datetime.now(timezone.utc).replace(tzinfo=None), aaaaaaaaaaaaaaaaaaaaaaaaa, b\n)  # (\n",
    ),
    (
        "a head that is too long itself",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = datetime.utcnow() + timedelta(seconds=60)\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = datetime.now(timezone.utc).replace(\n"
        "    tzinfo=None\n) + timedelta(seconds=60)\n",
    ),
    (
        "the second of two",
        "x = (datetime.utcnow(), datetime.utcnow())\n",
        "x = (\n    datetime.now(timezone.utc).replace(tzinfo=None),\n"
        "    datetime.now(timezone.utc).replace(tzinfo=None),\n)\n",
    ),
    (
        "the end of a call over lines fits",
        "x = datetime.utcfromtimestamp(\n    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n)\n",
        "x = datetime.fromtimestamp(\n    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n"
        "    timezone.utc,\n).replace(tzinfo=None)\n",
    ),
    (
        "not within a text",
        "x = f'{datetime.utcnow()} aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\n",
        "x = f'{datetime.now(timezone.utc).replace(tzinfo=None)} aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\n",
    ),
]  # fmt: skip


def test_a_name_that_is_given_the_function_becomes_one_by_def(run):
    """Linters want no lambda there (E731); blank lines stand around it as formatters put them."""
    before = (
        "from datetime import datetime\nclock = datetime.utcnow  # naive\n# more\nx = clock()\n\n\n"
        "def f():\n    stamp = datetime.utcfromtimestamp\n    return stamp(1)\n"
    )
    after = (
        "from datetime import datetime, timezone\n\n\ndef clock():  # naive\n"
        "    return datetime.now(timezone.utc).replace(tzinfo=None)\n\n\n# more\nx = clock()\n\n\n"
        "def f():\n    def stamp(timestamp):\n"
        "        return datetime.fromtimestamp(timestamp, timezone.utc).replace(tzinfo=None)\n\n"
        "    return stamp(1)\n"
    )
    assert run("utcnow", before).after == after


@pytest.mark.parametrize(("title", "before", "after"), BREAKS, ids=[c[0] for c in BREAKS])
def test_a_line_that_would_get_too_long_is_broken(run, title, before, after):
    """Where the settings of a formatter or a linter say how long a line may be."""
    for files in (
        {"pyproject.toml": "[tool.black]\n"},
        {"setup.cfg": "[flake8]\nmax-line-length = 88\n"},
        {"ruff.toml": "line-length = 88\n", "pyproject.toml": "[tool.isort]\nline_length = 40\n"},
    ):
        outcome = run("utcnow", HEAD + before, path="app/example.py", files=files)
        assert outcome.after == HEAD + after, outcome.notes
        for name in files:
            run("utcnow", "", path=name)


def test_where_no_setting_says_how_long_a_line_may_be_none_is_broken(run):
    outcome = run("utcnow", HEAD + BREAKS[0][1])
    assert "\n        tzinfo=None" not in outcome.after


def test_the_nearest_setting_counts(run):
    files = {
        "pyproject.toml": "[tool.ruff]\nline-length = 40\n",
        "a/.flake8": "[flake8]\nmax-line-length=200\n",
    }
    outcome = run("utcnow", HEAD + BREAKS[0][1], path="a/b/example.py", files=files)
    assert "\n        tzinfo=None" not in outcome.after
