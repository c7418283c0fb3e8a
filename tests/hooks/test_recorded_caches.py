"""What an earlier test made and kept belongs to all tests that get it, however it is kept."""

import pytest
from recording_python import INTERPRETERS
from test_recorded_reads import selected

pytestmark = pytest.mark.slow
MADE = "import functools\ndef make(): return 'v1'\n"

# How `kept.py` keeps what `make` makes; `get()` is what the tests call, if they call nothing else.
WAYS = {
    "or setdefault": (
        "KEPT = {}\ndef get(): return KEPT.get(1) or KEPT.setdefault(1, make())\n",
        "get()",
    ),
    "a local name of what is kept": (
        "KEPT = {}\ndef get():\n    found = KEPT.get(1)\n    if found is None:\n"
        "        found = make()\n        KEPT[1] = found\n    return found\n",
        "get()",
    ),
    "a return of what is there": (
        "class Held:\n    text = None\n    def get(self):\n        if self.text: return self.text\n"
        "        self.text = make()\n        return self.text\nHELD = Held()\n",
        "HELD.get()",
    ),
    "a function that stores": (
        "KEPT = None\ndef load():\n    global KEPT\n    KEPT = make()\n"
        "def get():\n    if KEPT is None: load()\n    return KEPT\n",
        "get()",
    ),
    "a list that is empty": (
        "KEPT = []\ndef get():\n    if not KEPT: KEPT.append(make())\n    return KEPT[0]\n",
        "get()",
    ),
    "a lock around the key": (
        "import threading\nLOCK, KEPT = threading.Lock(), {}\ndef get():\n    with LOCK:\n"
        "        if 1 in KEPT: return KEPT[1]\n        KEPT[1] = make()\n        return KEPT[1]\n",
        "get()",
    ),
    "behind an exception": (
        "KEPT = {}\ndef get():\n    try: return KEPT[1]\n    except KeyError: pass\n"
        "    KEPT[1] = made = make()\n    return made\n",
        "get()",
    ),
    "a missing key": (
        "class Table(dict):\n    def __missing__(self, key):\n        self[key] = made = make()\n"
        "        return made\nTABLE = Table()\n",
        "TABLE[1]",
    ),
    "a factory of what is missing": (
        "import collections\nTABLE = collections.defaultdict(make)\n",
        "TABLE[1]",
    ),
    "a cache of a method": (
        "class Held:\n    @functools.lru_cache(None)\n    def get(self): return make()\nHELD = Held()\n",
        "HELD.get()",
    ),
    "a cache without a decorator": ("get = functools.lru_cache(None)(make)\n", "get()"),
    "a cache of the function itself": (
        "make = functools.lru_cache(None)(make)\n@functools.lru_cache(None)\n"
        "def get(): return make()\n",
        "get()",
    ),
    "a descriptor": (
        "class kept_property:\n    def __init__(self, function): self.function = function\n"
        "    def __set_name__(self, owner, name): self.name = name\n"
        "    def __get__(self, instance, owner):\n"
        "        made = instance.__dict__[self.name] = self.function(instance)\n        return made\n"
        "class Held:\n    @kept_property\n    def text(self): return make()\nHELD = Held()\n",
        "HELD.text",
    ),
    "an attribute of a module": (
        "def __getattr__(name):\n    if name != 'TEXT': raise AttributeError(name)\n"
        "    globals()[name] = made = make()\n    return made\n",
        "TEXT",
    ),
    "an attribute of an instance": (
        "class Held:\n    def __getattr__(self, name):\n        if name != 'text': raise AttributeError(name)\n"
        "        setattr(self, name, make())\n        return self.text\nHELD = Held()\n",
        "HELD.text",
    ),
    "a decorator of one's own": (
        "def remembered(function):\n    kept = {}\n    def inner(*args):\n"
        "        if args not in kept: kept[args] = function(*args)\n        return kept[args]\n"
        "    return inner\n@remembered\ndef get(): return make()\n",
        "get()",
    ),
}
TEST = "import kept\ndef test_1(): assert kept.{0} == 'v1'\ndef test_2(): assert kept.{0} == 'v1'\n"


@pytest.mark.parametrize("python", INTERPRETERS)
@pytest.mark.parametrize("way", WAYS)
def test_the_first_test_made_it(tmp_path, monkeypatch, capsys, python, way):
    text, asked = WAYS[way]
    files = {
        "kept.py": MADE + text,
        "test_a.py": TEST.format(asked),
        "test_b.py": TEST.format(asked),
        "test_c.py": "def test_c(): pass\n",
    }
    change = {"kept.py": MADE.replace("v1", "v2") + text}
    found = selected(tmp_path, monkeypatch, capsys, python, files, change)
    assert found == {"test_a.py", "test_b.py"}
