"""What changed in a Python file: which names, and whether importing it does something else."""

import pytest
from gardener.hooks.selection.parse import meaning
from gardener.hooks.selection.parse.meaning import ShortMeaning, compared, short_meaning
from msgspec import msgpack


def compare(before, after):
    """How two versions differ, which is the same of what is kept of them."""
    kept = [msgpack.encode(short_meaning(source)) for source in (before, after)]
    difference = meaning.compare(before, after)
    assert compared(*(msgpack.decode(data, type=ShortMeaning) for data in kept)) == difference
    return difference


HEAD = (
    "import collections, datetime, decimal, enum, logging, operator, os, re, sys, textwrap\n"
    "import threading, typing as t\nfrom os import environ\nfrom pathlib import Path\n"
    "from collections import defaultdict\nfrom dataclasses import dataclass, field\n"
    "from functools import lru_cache\nfrom contextvars import ContextVar\n"
    "from base import Base, factory\nLIMIT = 3\n"
)

QUIET = {
    "a logger": ("logger = logging.getLogger(__name__)", {"logger"}),
    "a logger by name": ("logger = logging.getLogger('app')", {"logger"}),
    "a type variable": ("T = t.TypeVar('T', bound='Later')", {"T"}),
    "a type variable of a type": ("T = t.TypeVar('T', bound=dict[str, int])", {"T"}),
    "a pattern": ("WORD = re.compile(r'[a-z]+', re.I | re.M)", {"WORD"}),
    "a lock": ("LOCK = threading.Lock()", {"LOCK"}),
    "a sentinel": ("NOTHING = object()", {"NOTHING"}),
    "a container": ("SEEN = defaultdict(list)", {"SEEN"}),
    "a context variable": ("USER = ContextVar('user', default=None)", {"USER"}),
    "a product": ("SIZE = 4 * 1024 * 1024", {"SIZE"}),
    "a power": ("SIZE = 2**20 // 3 + (1 << 4)", {"SIZE"}),
    "a set that stays as it is": ("WORDS = frozenset({'a', 'b', ('c', 1)})", {"WORDS"}),
    "the letters of a text": ("LETTERS = set('abc')", {"LETTERS"}),
    "a sum of texts": ("TEXT = 'a' + 'b'", {"TEXT"}),
    "words of a text": ("WORDS = 'a b c'.split()", {"WORDS"}),
    "a joined text": ("TEXT = ','.join(['a', 'b'])", {"TEXT"}),
    "a text without its margin": ("TEXT = textwrap.dedent('  a')", {"TEXT"}),
    "a folder": ("ROOT = Path(__file__).resolve().parent.parent / 'data'", {"ROOT"}),
    "a folder in a text": ("ROOT = os.path.join(os.path.dirname(__file__), 'data')", {"ROOT"}),
    "a variable of the environment": ("HOST = os.environ.get('HOST', 'local')", {"HOST"}),
    "the same by another name": ("HOST = environ.get('HOST')", {"HOST"}),
    "a time span": ("WAIT = datetime.timedelta(minutes=-5)", {"WAIT"}),
    "a decimal number": ("RATE = decimal.Decimal('0.19')", {"RATE"}),
    "a named tuple": ("Point = collections.namedtuple('Point', 'x y')", {"Point"}),
    "a getter": ("KEY = operator.itemgetter('a', 1)", {"KEY"}),
    "a table of these": (
        "WAITS = {'a': datetime.timedelta(1), 'b': [re.compile('b'), None]}",
        {"WAITS"},
    ),
    "two at once": ("A, (B, C) = 1, (2, 3)", {"A", "B", "C"}),
    "a type of types": ("Pair = t.Union[dict[str, int], None]", {"Pair"}),
    "a type of the project": ("Wide = Base[t.Kind | None, str, ...]", {"Wide"}),
    "an enum": ("class Color(enum.Enum):\n    RED = 1", {"Color", "Color.RED"}),
    "a text enum": ("class Color(str, enum.Enum):\n    RED = 'r'", {"Color", "Color.RED"}),
    "a protocol": ("class Runs(t.Protocol):\n    def run(self): ...", {"Runs", "Runs.run"}),
    "a generic class": ("class Box(t.Generic[t.Any]): ...", {"Box"}),
    "a cached function": ("@lru_cache(maxsize=128)\ndef load(): return 1", {"load"}),
    "a field": (
        "@dataclass\nclass Point:\n    tags: list = field(default_factory=list)",
        {"Point", "Point.tags"},
    ),
    "an optional library": (
        "try:\n    import redis\nexcept ImportError:\n    redis = None",
        {"redis"},
    ),
    "several of them": (
        "try:\n    import redis\n    from redis.errors import Down as RedisDown\n"
        "except (ImportError, OSError):\n    redis = RedisDown = None\nelse:\n    HAVE = True",
        {"redis", "RedisDown", "HAVE"},
    ),
    "a platform": ("if sys.platform == 'win32':\n    SEP = ';'\nelse:\n    SEP = ':'", {"SEP"}),
    "a version": (
        "if sys.version_info >= (3, 11):\n    NEW = True\nelse:\n    NEW = False",
        {"NEW"},
    ),
}


@pytest.mark.parametrize("one", QUIET)
def test_what_only_gives_a_value_is_its_name(one):
    text, names = QUIET[one]
    for before, after in ((HEAD, HEAD + text + "\n"), (HEAD + text + "\n", HEAD)):
        found = compare(before.encode(), after.encode())
        assert (found.runs, found.names) == ("", names)


LOUD = {
    "a call of the project": "X = factory()",
    "a call of a library": "import lib\nX = lib.make('a')",
    "a logger of what only run time knows": "logger = logging.getLogger(factory())",
    "a pattern that is wrong": "WORD = re.compile('(')",
    "a pattern with flags that are not known": "WORD = re.compile('a', LIMIT)",
    "a type variable with one constraint": "T = t.TypeVar('T', int)",
    "a quotient": "X = 1 / 0",
    "a quotient of what is not known": "X = 1 / LIMIT",
    "a power that takes time": "X = 9**9999999",
    "a set of lists": "X = frozenset([['a'], ['b']])",
    "a set of what is not known": "X = frozenset([LIMIT])",
    "a separator of nothing": "X = 'a'.split('')",
    "a text that a method does not take": "X = 'a'.strip(1)",
    "texts and a number": "X = ','.join(['a', 1])",
    "a sum of a text and a number": "X = 'a' + 1",
    "a folder further up than there may be": "X = Path(__file__).parents[9]",
    "a folder whose suffix is none": "X = Path(__file__).with_suffix('a')",
    "a folder of what is not known": "X = Path(LIMIT)",
    "a variable that must be there": "X = os.environ['HOST']",
    "a variable of no name": "X = os.environ.get(1)",
    "a time span that is too long": "X = datetime.timedelta(10**10)",
    "a number that is none": "X = decimal.Decimal('a')",
    "a named tuple with a keyword": "X = collections.namedtuple('X', 'a class')",
    "a named tuple with what it does not take": "X = collections.namedtuple('X', 'a', b=1)",
    "a key that may not be there": "X = LIMITS['a']",
    "a member that may not be there": "X = Base['a']",
    "a place that may not be there": "X = Base[0]",
    "a key of the project": "X = limits[Base]",
    "one of many": "X = Base[LIMIT]",
    "a key in a default": "def f(x=LIMITS['a']): ...",
    "more values than names": "A, B = 1, 2, 3",
    "how many values is not known": "A, B = LIMIT",
    "how many of them is not known": "A, B = 1, *LIMIT",
    "a value inside that does not fit": "A, (B, C) = 1, 2",
    "a getter of nothing": "X = operator.itemgetter()",
    "a getter of numbers": "X = operator.attrgetter(1)",
    "two defaults": "@dataclass\nclass P:\n    a: int = field(default=1, default_factory=int)",
    "a class of the project": "class Own(Base): ...",
    "a class of two bases": "class Odd(t.Generic[t.Any], t.Protocol): ...",
    "a metaclass": "class Own(metaclass=Base): ...",
    "a decorator of the project": "@factory\ndef f(): ...",
    "a builtin that is another": "def list(): return factory()\nX = list()",
    "a module that is another": "logging = factory\nX = logging.getLogger('a')",
    "a library that must be there": "try:\n    import redis\nexcept KeyError:\n    redis = None",
    "a try that calls": "try:\n    import redis\n    redis.start()\nexcept ImportError:\n    redis = None",
    "a handler that raises": "try:\n    import redis\nexcept ImportError:\n    raise RuntimeError",
    "a handler that imports": "try:\n    import a_\nexcept ImportError:\n    import b_ as a_",
    "a condition that calls": "if factory():\n    X = 1",
    "a condition of the project": "if LIMIT:\n    X = 1",
    "a condition that imports": "if sys.platform == 'x':\n    import winreg",
    "a statement": "sys.path.append('x')",
}


@pytest.mark.parametrize("one", LOUD)
def test_what_does_more_is_for_all_importers(one):
    found = compare(HEAD.encode(), (HEAD + LOUD[one] + "\n").encode())
    assert found.runs.startswith("its module-level code")


def test_another_condition_changes_the_names_under_it():
    text = "if sys.version_info >= (3, {}):\n    NEW = True\nelse:\n    NEW = False\nOLD = 1\n"
    found = compare((HEAD + text.format(11)).encode(), (HEAD + text.format(12)).encode())
    assert (found.runs, found.names) == ("", {"NEW"})


def test_an_import_in_another_try_is_told():
    text = "try:\n    import redis\nexcept {}:\n    pass\n"
    before, after = text.format("ImportError").encode(), text.format("Exception").encode()
    found = compare(before, after)
    assert (found.runs, found.names) == ("", {"redis"})
    assert found.guarded == {(0, "redis", "")}


def test_a_name_that_is_used_before_it_is_bound_is_an_error():
    found = compare(b"A = 1\n", b"A = T\nT = object()\n")
    assert "reads T" in found.runs
