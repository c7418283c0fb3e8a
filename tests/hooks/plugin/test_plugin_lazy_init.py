"""Lazy initialisation, found in the syntax."""

import json
import os

import pytest
from gardener.hooks.plugin.lazy_init import LazyInitSites, find_sites
from gardener.hooks.plugin.repository import Repository
from gardener.hooks.plugin.sites import LazyInitSite

# name: (a function from line 1, lines of its sites with the attributes that decide)
FOUND = {
    "if it is None": (
        "def get(self):\n    if self.kept is None:\n        self.kept = make()\n    return self.kept\n",
        [(3, 3, ["kept"])],
    ),
    "if not": (
        "def get(self):\n    if not self.kept:\n        x = make()\n        self.kept = x\n",
        [(3, 4, ["kept"])],
    ),
    "else": (
        "def get(self):\n    if self.kept:\n        pass\n    else:\n        self.kept = make()\n",
        [(5, 5, ["kept"])],
    ),
    "hasattr": (
        "def get(self):\n    if not hasattr(self, 'kept'):\n        self.kept = make()\n",
        [(3, 3, ["kept"])],
    ),
    "a key that is not in a container": (
        "def get(self, key):\n    if key not in self.by_key:\n        self.by_key[key] = make(key)\n",
        [(3, 3, ["by_key[]"])],
    ),
    "an early return, and the store behind it": (
        "def get(key):\n    if key in CACHE:\n        return CACHE[key]\n    x = make(key)\n"
        "    CACHE[key] = x\n    return x\n",
        [(4, 5, [])],
    ),
    "an exception handler": (
        "def get(self, key):\n    try:\n        return self.d[key]\n    except KeyError:\n"
        "        self.d[key] = make()\n",
        [(5, 5, ["d[]"])],
    ),
    "a global": (
        "def get():\n    global ONE\n    if ONE is None:\n        ONE = make()\n    return ONE\n",
        [(4, 4, [])],
    ),
    "or": ("def get(self):\n    self.kept = self.kept or make()\n", [(2, 2, ["kept"])]),
    "if as an expression": (
        "def get(self):\n    self.kept = self.kept if self.kept else make()\n",
        [(2, 2, ["kept"])],
    ),
    "another object's attribute": (
        "def get(self):\n    if self.app.kept is None:\n        self.app.kept = make()\n",
        [(3, 3, [])],
    ),
    "a cache": ("@functools.lru_cache\ndef get():\n    return make()\n", [(1, 3, [])]),
    "a cached property": ("@property\n@cached\ndef get(self):\n    return make()\n", [(1, 4, [])]),
    "a coroutine": (
        "async def get(self):\n    if self.kept is None:\n        self.kept = await make()\n",
        [(3, 3, ["kept"])],
    ),
    "or setdefault": (
        "def get(k):\n    return KEPT.get(k) or KEPT.setdefault(k, make())\n",
        [(2, 2, [])],
    ),
    "a local name of what is kept": (
        "def get(self):\n    x = self.kept\n    if x is None:\n        x = self.kept = make()\n",
        [(4, 4, ["kept"])],
    ),
    "an early return of what is there": (
        "def get(self):\n    if self.kept:\n        return self.kept\n    self.kept = make()\n",
        [(4, 4, ["kept"])],
    ),
    "an early return in a block": (
        "def get(k):\n    with LOCK:\n        if k in KEPT:\n            return KEPT[k]\n"
        "        KEPT[k] = make()\n",
        [(5, 5, [])],
    ),
    "behind a handler": (
        "def get(k):\n    try:\n        return KEPT[k]\n    except KeyError:\n        pass\n"
        "    KEPT[k] = make()\n",
        [(6, 6, [])],
    ),
    "a method that stores": (
        "def get():\n    if not KEPT:\n        KEPT.append(make())\n",
        [(3, 3, [])],
    ),
    "a function of the file that stores": (
        "def get(self):\n    if not self.kept:\n        self.fill(make())\n"
        "def fill(self, x):\n    self.kept = x\n",
        [(3, 3, [])],
    ),
    "a cache without a decorator": (
        "def get():\n    return make()\ncached = functools.lru_cache(None)(get)\n",
        [(1, 2, [])],
    ),
}
NOT_FOUND = {
    "a condition on something else": "def f(self):\n    if self.a is None:\n        self.b = 1\n",
    "a local name": "def f(x):\n    if x is None:\n        x = make()\n    return x\n",
    "a plain store": "def f(self):\n    self.kept = make()\n",
    "a plain early return": "def f(x):\n    if x is None:\n        return 1\n    return make()\n",
    "a decorator of another kind": "@property\ndef f(self):\n    return make()\n",
    "a container made there": (
        "def f(x):\n    kept = []\n    if not kept:\n        kept.append(make())\n"
    ),
    "another answer in an early return": (
        "def f(self):\n    if self.kept:\n        return 1\n    self.kept = make()\n"
    ),
    "no function": "KEPT = None\nif KEPT is None:\n    KEPT = make()\n",
    "broken": "def f(:\n",
}


def sites_in(tmp_path, text):
    path = tmp_path / "app.py"
    path.write_text(text)
    return find_sites(str(path))


@pytest.mark.parametrize("case", FOUND)
def test_found(tmp_path, case):
    text, expected = FOUND[case]
    sites = sites_in(tmp_path, text)
    assert list(sites) == [("get", 1)]
    rows = [(site.first, site.last, list(site.attributes)) for site in sites["get", 1]]
    assert rows == expected
    assert all("make" in site.calls and "make" in site.names for site in sites["get", 1])


@pytest.mark.parametrize("case", NOT_FOUND)
def test_not_found(tmp_path, case):
    assert sites_in(tmp_path, NOT_FOUND[case]) == {}


def test_a_file_that_is_not_there_has_none(tmp_path):
    assert find_sites(str(tmp_path / "gone.py")) == {}


LAZY = "def get(self):\n    if self.kept is None:\n        self.kept = make()\n"


@pytest.fixture
def sites(tmp_path):
    (tmp_path / "app.py").write_text(LAZY)
    (tmp_path / "test_app.py").write_text(LAZY)
    (tmp_path / "test_cached.py").write_text("@cache\n" + LAZY)
    repository = Repository(str(tmp_path), str(tmp_path), ["test_*.py"])
    return lambda: LazyInitSites(repository, str(tmp_path / "store.json"))


def test_of_tests_only_those_are_parsed_that_look_like_it(sites, tmp_path):
    assert sites().of(str(tmp_path / "app.py")) == {
        ("get", 1): [LazyInitSite(3, 3, ["make"], ["kept", "make", "self"], ["kept"])]
    }
    assert sites().of(str(tmp_path / "test_app.py")) == {}
    assert list(sites().of(str(tmp_path / "test_cached.py"))) == [("get", 1)]
    assert sites().of(str(tmp_path / "gone.py")) == {}


def test_sites_are_kept_until_the_file_changes(sites, tmp_path):
    path, store = tmp_path / "app.py", tmp_path / "store.json"
    first = sites()
    before = first.of(str(path))
    assert not store.exists()
    first.save()
    # What is kept is taken, without a look into the file.
    kept = json.loads(store.read_text())
    kept[str(path)][1][0][2][0][0] = 2
    store.write_text(json.dumps(kept))
    [[site]] = sites().of(str(path)).values()
    assert site == before["get", 1][0]._replace(first=2)
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert sites().of(str(path)) == before


@pytest.mark.parametrize("damaged", ["", "[]", "{", '{"%s": [1]}', "\udc80"])
def test_a_damaged_store_is_no_harm(sites, tmp_path, damaged):
    path = tmp_path / "app.py"
    store = tmp_path / "store.json"
    store.write_text(damaged.replace("%s", str(path)), errors="surrogateescape")
    assert list(sites().of(str(path))) == [("get", 1)]
