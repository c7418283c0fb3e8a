"""deprecated-import: rules from everywhere; changed imports are done before and after."""

import json
import subprocess
import sys
import textwrap

import pytest

from gardener.codemod.prefilter import patched_names
from gardener.codemod.project import Project
from gardener.config import Config, ImportRule


def text(source):
    return textwrap.dedent(source).lstrip("\n")


NEW = "def get_logger(name):\n    return name\n\n\nclass Thing:\n    pass\n\n\nVALUE = 1\n"
SHIM = text(
    """
    import warnings

    from pkg.new import VALUE, Thing, get_logger

    warnings.warn(
        "pkg.old is deprecated. Use 'from pkg.new import get_logger' instead.",
        DeprecationWarning,
        stacklevel=2,
    )


    def own(): ...
    """
)
FILES = {"pkg/__init__.py": "", "pkg/new.py": NEW, "pkg/old.py": SHIM, "pkg/other.py": "X = 1\n"}

MOVED = [
    ("one", "from pkg.old import get_logger\n", "from pkg.new import get_logger\n"),
    (
        "comment",
        "from pkg.old import get_logger  # noqa: F401\n",
        "from pkg.new import get_logger  # noqa: F401\n",
    ),
    ("as", "from pkg.old import get_logger as g\n", "from pkg.new import get_logger as g\n"),
    ("as itself", "from pkg.old import Thing as Thing\n", "from pkg.new import Thing as Thing\n"),
    ("two", "from pkg.old import get_logger, Thing\n", "from pkg.new import get_logger, Thing\n"),
    (
        "brackets",
        "from pkg.old import (\n    get_logger,  # a\n    Thing,\n)\n",
        "from pkg.new import (\n    get_logger,  # a\n    Thing,\n)\n",
    ),
    (
        "backslash",
        "from pkg.old \\\n    import get_logger\n",
        "from pkg.new \\\n    import get_logger\n",
    ),
    (
        "import_module, read at once",
        "import importlib\nx = importlib.import_module('pkg.old').get_logger\n",
        "import importlib\nx = importlib.import_module('pkg.new').get_logger\n",
    ),
    (
        "import_module, getattr",
        'from importlib import import_module as load\nx = getattr(load("pkg.old"), "VALUE")\n',
        'from importlib import import_module as load\nx = getattr(load("pkg.new"), "VALUE")\n',
    ),
    (
        "import_module, variable",
        "import importlib\nimport pkg.old\nm = importlib.import_module('pkg.old')\nx = m.VALUE, pkg.old.VALUE\n",
        "import importlib\nimport pkg.new\nm = importlib.import_module('pkg.new')\nx = m.VALUE, pkg.new.VALUE\n",
    ),
    (
        "resolve_name",
        "import pkgutil\nx = pkgutil.resolve_name('pkg.old:Thing')\n",
        "import pkgutil\nx = pkgutil.resolve_name('pkg.new:Thing')\n",
    ),
    (
        "patch of an attribute of a class",
        "from unittest.mock import patch\nfrom pkg.new import Thing\n"
        "with patch('pkg.old.Thing.size', 3, create=True):\n    x = Thing.size\n",
        "from unittest.mock import patch\nfrom pkg.new import Thing\n"
        "with patch('pkg.new.Thing.size', 3, create=True):\n    x = Thing.size\n",
    ),
    ("relative", "from .old import get_logger\n", "from .new import get_logger\n"),
    (
        "relative, from a package",
        "from . import old\nx = old.get_logger\n",
        "from . import new as old\nx = old.get_logger\n",
    ),
    (
        "split",
        "from pkg.old import get_logger, own\n",
        "from pkg.old import own\nfrom pkg.new import get_logger\n",
    ),
    (
        "split, first stays",
        "from pkg.old import own, Thing, get_logger\n",
        "from pkg.old import own\nfrom pkg.new import Thing, get_logger\n",
    ),
    (
        "split in brackets",
        "from pkg.old import (\n    get_logger,  # a\n    own,  # b\n)\n",
        "from pkg.old import (\n    own,  # b\n)\nfrom pkg.new import get_logger  # a\n",
    ),
    (
        "split with a comment behind",
        "from pkg.old import get_logger, own  # c\n",
        "from pkg.old import own  # c\nfrom pkg.new import get_logger\n",
    ),
    (
        "merged",
        "from pkg.new import VALUE\nfrom pkg.old import get_logger\n",
        "from pkg.new import VALUE, get_logger\n",
    ),
    (
        "merged upwards",
        "from pkg.old import get_logger\nfrom pkg.new import VALUE\n",
        "from pkg.new import VALUE, get_logger\n",
    ),
    (
        "merged, split",
        "from pkg.new import VALUE\nfrom pkg.old import get_logger, own\n",
        "from pkg.new import VALUE, get_logger\nfrom pkg.old import own\n",
    ),
    (
        "merged, there already",
        "from pkg.new import get_logger\nfrom pkg.old import get_logger\n",
        "from pkg.new import get_logger\n",
    ),
    (
        "merged in brackets",
        "from pkg.new import (\n    VALUE,\n)\nfrom pkg.old import get_logger, Thing\n",
        "from pkg.new import (\n    VALUE,\n    Thing,\n    get_logger,\n)\n",
    ),
    (
        "not merged over code",
        "from pkg.new import VALUE\nx = VALUE\nfrom pkg.old import get_logger\n",
        "from pkg.new import VALUE\nx = VALUE\nfrom pkg.new import get_logger\n",
    ),
    ("two statements", "from pkg.old import get_logger\nfrom pkg.old import Thing\n", None),
    (
        "in a function",
        "def f():\n    from pkg.old import get_logger\n    return get_logger('a')\nx = f()\n",
        "def f():\n    from pkg.new import get_logger\n    return get_logger('a')\nx = f()\n",
    ),
    (
        "in a function, split",
        "def f():\n    from pkg.old import get_logger, own\n    return get_logger\n",
        "def f():\n    from pkg.old import own\n    from pkg.new import get_logger\n    return get_logger\n",
    ),
    (
        "on one line",
        "def f(): from pkg.old import get_logger, own\n",
        "def f(): from pkg.old import own; from pkg.new import get_logger\n",
    ),
    (
        "semicolon",
        "import sys; from pkg.old import get_logger; x = 1\n",
        "import sys; from pkg.new import get_logger; x = 1\n",
    ),
    (
        "type checking",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.old import Thing\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.new import Thing\n",
    ),
    (
        "condition",
        "import sys\nif sys.argv:\n    from pkg.old import Thing\n",
        "import sys\nif sys.argv:\n    from pkg.new import Thing\n",
    ),
    (
        "__all__",
        "from pkg.old import Thing\n\n__all__ = ['Thing']\n",
        "from pkg.new import Thing\n\n__all__ = ['Thing']\n",
    ),
    (
        "module as",
        "import pkg.old as o\nx = o.get_logger('a')\n",
        "import pkg.new as o\nx = o.get_logger('a')\n",
    ),
    (
        "module",
        "import pkg.old\nx = pkg.old.get_logger('a'), pkg.old.VALUE\n",
        "import pkg.new\nx = pkg.new.get_logger('a'), pkg.new.VALUE\n",
    ),
    (
        "module among others",
        "import sys, pkg.old, os\nx = pkg.old.VALUE\n",
        "import sys, pkg.new, os\nx = pkg.new.VALUE\n",
    ),
    (
        "from a package",
        "from pkg import old\nx = old.VALUE\n",
        "from pkg import new as old\nx = old.VALUE\n",
    ),
    (
        "from a package as",
        "from pkg import old as o\nx = o.VALUE\n",
        "from pkg import new as o\nx = o.VALUE\n",
    ),
    ("from a package, split", "from pkg import old, other\nx = old.VALUE\n", None),
    (
        "crlf",
        "from pkg.old import (\r\n    get_logger,\r\n    own,\r\n)\r\n",
        "from pkg.old import (\r\n    own,\r\n)\r\nfrom pkg.new import get_logger\r\n",
    ),
    (
        "star elsewhere",
        "from pkg.other import *\nfrom pkg.old import Thing\n",
        "from pkg.other import *\nfrom pkg.new import Thing\n",
    ),
    (
        "an optional import, mended in place",
        "try:\n    from pkg.old import Thing\nexcept ImportError:\n    Thing = None\n",
        "try:\n    from pkg.new import Thing\nexcept ImportError:\n    Thing = None\n",
    ),
    (
        "the last of several choices",
        "try:\n    from fast import Thing\nexcept ImportError:\n    from pkg.old import Thing\n",
        "try:\n    from fast import Thing\nexcept ImportError:\n    from pkg.new import Thing\n",
    ),
    (
        "suppressed",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    from pkg.old import Thing\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    from pkg.new import Thing\n",
    ),
    (
        "under a version check",
        "import sys\nif sys.version_info >= (3, 9):\n    from pkg.old import Thing\nelse:\n    Thing = 1\n",
        "import sys\nif sys.version_info >= (3, 9):\n    from pkg.new import Thing\nelse:\n    Thing = 1\n",
    ),
    (
        "try finally",
        "try:\n    from pkg.old import Thing\nfinally:\n    pass\n",
        "try:\n    from pkg.new import Thing\nfinally:\n    pass\n",
    ),
    (
        "with",
        "import contextlib\nwith contextlib.nullcontext():\n    from pkg.old import Thing\n",
        None,
    ),
    (
        "re-exported, not merged",
        "from pkg.old import Thing as Thing\nfrom pkg.new import VALUE\n",
        "from pkg.new import Thing as Thing\nfrom pkg.new import VALUE\n",
    ),
    (
        "type checking with an else",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.old import Thing\n"
        "else:\n    Thing = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.new import Thing\n"
        "else:\n    Thing = None\n",
    ),
    (
        "from a package, twice",
        "from pkg import old\nfrom pkg import old as o\nx = old.VALUE, o.VALUE\n",
        "from pkg import new as old\nfrom pkg import new as o\nx = old.VALUE, o.VALUE\n",
    ),
    (
        "from a package, beside another",
        "from . import old, other\nx = old.VALUE\n",
        "from . import new as old, other\nx = old.VALUE\n",
    ),
    (
        "a parameter of the same name",
        "import pkg.old\nx = pkg.old.VALUE\ndef f(pkg):\n    return pkg.old.VALUE\n",
        "import pkg.new\nx = pkg.new.VALUE\ndef f(pkg):\n    return pkg.old.VALUE\n",
    ),
]


def imported(folder, code):
    """What a module means: its public names and where they are from; no deprecation is told."""
    script = text(
        """
        import runpy, sys, warnings
        sys.path.insert(0, ".")
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            import importlib
            module = importlib.import_module("pkg.user")
        names = {k: (getattr(v, "__module__", ""), getattr(v, "__qualname__", "")) for k, v in
                 vars(module).items() if not k.startswith("_")}
        print(sorted((k, v) for k, v in names.items() if "pkg" not in k and k not in ("old", "o")))
        print(len(told), file=sys.stderr)
        """
    )
    (folder / "pkg" / "user.py").write_bytes(code.encode())
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, int(done.stderr.split()[-1])


@pytest.mark.parametrize(("title", "before", "after"), MOVED, ids=[c[0] for c in MOVED])
def test_moved(run, tmp_path, title, before, after):
    outcome = run("deprecated-import", before, path="pkg/user.py", files=FILES)
    assert outcome.changed, outcome.notes
    if after is not None:
        assert outcome.after == after
    then, _ = imported(tmp_path, before)
    now, warned = imported(tmp_path, outcome.after)
    assert then == now
    assert warned == 0 or "own" in before or title == "in a function"


LEFT = [
    ("own name", "from pkg.old import own\n", "pkg.new.own is not found"),
    ("star", "from pkg.old import *\n", "star import"),
    ("module itself", "import pkg.old as o\nf(o)\n", "uses the module itself"),
    ("module itself, dotted", "import pkg.old\nf(pkg.old)\n", "uses the module itself"),
    ("own name by module", "import pkg.old as o\nx = o.own\n", "own is not found"),
    (
        "string",
        "import mock\nmock.patch('pkg.old.get_logger')\n",
        "names the deprecated pkg.old; it is now pkg.new.get_logger",
    ),
    (
        "import_module, passed on",
        "import importlib\nf(importlib.import_module('pkg.old'))\n",
        "names the deprecated pkg.old",
    ),
    (
        "import_module, own name",
        "import importlib\nx = importlib.import_module('pkg.old').own\n",
        "names the deprecated pkg.old",
    ),
    (
        "resolve_name, own name",
        "import pkgutil\nx = pkgutil.resolve_name('pkg.old.own')\n",
        "names the deprecated pkg.old",
    ),
    ("import_module", "importlib.import_module('pkg.old')\n", "names the deprecated pkg.old"),
    (
        "sys.modules",
        "import sys\nimport pkg.old\nx = pkg.old.VALUE, sys.modules['pkg.old']\n",
        "names pkg.old in a string",
    ),
    (
        "sys.modules, from",
        "import sys\nfrom pkg.old import VALUE\nx = sys.modules['pkg.old']\n",
        "sys.modules is asked for it",
    ),
    (
        "annotation in a string",
        "import pkg.old\ny = pkg.old.VALUE\ndef f(x: 'pkg.old.Thing'): ...\n",
        "names pkg.old in a string",
    ),
    (
        "another module by the same import",
        "import pkg.old\nx = pkg.old.VALUE, pkg.other.X\n",
        "pkg.other may be loaded by this import only",
    ),
]


@pytest.mark.parametrize(("title", "code", "note"), LEFT, ids=[c[0] for c in LEFT])
def test_left_alone_with_a_note(run, title, code, note):
    outcome = run("deprecated-import", code, path="pkg/user.py", files=FILES)
    assert outcome.after == code
    assert note in outcome.notes


SILENT = [
    (
        "fallback",
        "try:\n    from pkg.new import Thing\nexcept ImportError:\n    from pkg.old import Thing\n",
    ),
    (
        "fallback, first",
        "try:\n    from pkg.old import Thing\nexcept ImportError:\n    from pkg.new import Thing\n",
    ),
    (
        "fallback by a module",
        "try:\n    from pkg import new as m\nexcept ImportError:\n    from pkg import old as m\nx = m.VALUE\n",
    ),
    (
        "fallback, own name",
        "try:\n    from pkg.old import own\nexcept ImportError:\n    own = None\n",
    ),
    (
        "by version",
        "import sys\nif sys.version_info >= (3, 9):\n    from pkg.new import Thing\nelse:\n    from pkg.old import Thing\n",
    ),
    ("skip", "from pkg.old import Thing  # gardener: skip\n"),
    ("noqa", "from pkg.old import Thing  # noqa: UP035\n"),
    ("fmt off", "# fmt: off\nfrom pkg.old import Thing\n# fmt: on\n"),
    ("new one", "from pkg.new import Thing\n"),
    ("comment", "# from pkg.old import Thing\n"),
    (
        "a test of the warning",
        "import pytest\nwith pytest.warns(DeprecationWarning):\n    from pkg.old import Thing\n",
    ),
]


@pytest.mark.parametrize(("title", "code"), SILENT, ids=[c[0] for c in SILENT])
def test_left_alone_without_a_word(run, title, code):
    outcome = run("deprecated-import", code, path="pkg/user.py", files=FILES)
    assert outcome.after == code
    assert not outcome.remarks


IMPORT = "from pkg.old import Thing\n"
AWAITING = [
    ("record", "import warnings\ndef test():\n    with warnings.catch_warnings(record=True) as w:\n        {}    assert w\n"),
    ("recwarn", "def test(recwarn):\n    {}    assert len(recwarn) == 1\n"),
    ("deprecated_call", "import pytest\ndef test():\n    with pytest.deprecated_call():\n        {}"),
    ("raises", "import pytest\ndef test():\n    with pytest.raises(DeprecationWarning):\n        {}"),
    ("raises one of several", "import pytest\ndef test():\n    with pytest.raises((KeyError, FutureWarning)):\n        {}"),
    ("stored", "import pytest\nexpect = pytest.warns(DeprecationWarning)\ndef test():\n    with expect:\n        {}"),
    ("a helper", "from helpers import saves_warning\ndef test():\n    with saves_warning('old'):\n        {}"),
    ("a method", "class T(Base):\n    def test(self):\n        with self.assertDeprecationWarning('old'):\n            {}"),
    ("errors", "import pytest\n@pytest.mark.filterwarnings('error')\ndef test():\n    {}    use(Thing)\n"),
    ("errors, by a call", "import warnings\ndef test():\n    warnings.simplefilter('error')\n    {}"),
    ("beside the with", "import pytest\ndef test():\n    {}    with pytest.warns(DeprecationWarning):\n        Thing()\n"),
    ("used there", "import pytest\n{}def test():\n    with pytest.warns(DeprecationWarning):\n        Thing()\n"),
    ("called by warns", "import pytest\n{}def test():\n    pytest.warns(DeprecationWarning, Thing)\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "code"), AWAITING, ids=[c[0] for c in AWAITING])
def test_what_waits_for_the_warning_is_left_alone(run, title, code):
    code = code.format(IMPORT)
    outcome = run("deprecated-import", code, path="pkg/user.py", files=FILES)
    assert outcome.after == code
    assert not outcome.remarks


IGNORING = [
    "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    {}",
    "import warnings\nwarnings.filterwarnings('ignore')\n{}",
    "{}def test():\n    assert Thing\n# a warning\n",
]


@pytest.mark.parametrize("code", IGNORING)
def test_what_only_ignores_the_warning_is_mended(run, code):
    outcome = run("deprecated-import", code.format(IMPORT), path="pkg/user.py", files=FILES)
    assert "from pkg.new import Thing" in outcome.after


def test_the_deprecated_module_itself_is_left_alone(run):
    outcome = run(
        "deprecated-import",
        SHIM,
        path="pkg/old.py",
        files={"pkg/__init__.py": "", "pkg/new.py": NEW},
    )
    assert outcome.after == SHIM


WARN = "import warnings\n\nwarnings.warn({text!r}, DeprecationWarning, stacklevel=2)\n"
HOMES = [
    # what the old module says and has; where `from old import get_logger` goes
    (
        "'from' text",
        WARN.format(text="old is deprecated. Use 'from new import get_logger' instead."),
        "from new import get_logger",
    ),
    (
        "dotted text",
        WARN.format(text="old is deprecated. Use pkg.sub.logs instead. It goes soon."),
        "from pkg.sub.logs import get_logger",
    ),
    (
        "moved from and to",
        WARN.format(text="The module has been moved from `old` to `new`. It goes in 1.5."),
        "from new import get_logger",
    ),
    (
        "please use",
        WARN.format(text="`old` is deprecated and will be removed in 3.0; please use `new`"),
        "from new import get_logger",
    ),
    (
        "please use instead",
        WARN.format(text="old is deprecated. Please use pkg.sub.logs instead."),
        "from pkg.sub.logs import get_logger",
    ),
    (
        "handled by",
        WARN.format(text="old is deprecated. Logging is now handled by pkg.sub.logs."),
        "from pkg.sub.logs import get_logger",
    ),
    (
        "from without a name",
        WARN.format(text="old is deprecated. Use 'from pkg.sub.logs import' instead."),
        "from pkg.sub.logs import get_logger",
    ),
    (
        "directly, on its own line",
        WARN.format(text="old is deprecated. Use it directly:\nfrom new import get_logger"),
        "from new import get_logger",
    ),
    (
        "f-string",
        'import warnings\n\nwarnings.warn(f"{__name__} is deprecated, use new", DeprecationWarning)\n',
        "from new import get_logger",
    ),
    (
        "percent",
        'import warnings\n\nwarnings.warn("%s is deprecated, use new" % __name__, DeprecationWarning)\n',
        "from new import get_logger",
    ),
    (
        "prose, re-export",
        "from new import get_logger\n" + WARN.format(text="This module is deprecated."),
        "from new import get_logger",
    ),
    (
        "wrong target, re-export",
        "from new import get_logger\n" + WARN.format(text="old is deprecated, use nowhere.at.all"),
        "from new import get_logger",
    ),
    (
        "star re-export",
        "from new import *\n" + WARN.format(text="old is deprecated."),
        "from new import get_logger",
    ),
    (
        "two hops",
        "from mid import get_logger\n" + WARN.format(text="old is deprecated."),
        "from pkg.sub.logs import get_logger",
    ),
    (
        "private definition",
        "from facade import get_logger\n" + WARN.format(text="old is deprecated."),
        "from facade import get_logger",
    ),
    (
        "table of a shim",
        'import importlib, warnings\n_MOVED = {"get_logger": "pkg.sub.logs"}\ndef __getattr__(name):\n    warnings.warn(f"{name} is deprecated", DeprecationWarning)\n    return getattr(importlib.import_module(_MOVED[name]), name)\n',
        "from pkg.sub.logs import get_logger",
    ),
    (
        "table of pairs",
        'import importlib, warnings\n_MOVED = {"get_logger": ("new", "get_logger")}\ndef __getattr__(name):\n    warnings.warn(f"{name} is deprecated", DeprecationWarning)\n    m, n = _MOVED[name]\n    return getattr(importlib.import_module(m), n)\n',
        "from new import get_logger",
    ),
    (
        "renamed in the table",
        'import importlib, warnings\n_MOVED = {"get_logger": ("new", "make_logger")}\ndef __getattr__(name):\n    warnings.warn(f"{name} is deprecated", DeprecationWarning)\n    m, n = _MOVED[name]\n    return getattr(importlib.import_module(m), n)\n',
        "from new import make_logger as get_logger",
    ),
    (
        "branch of a shim",
        'import warnings\ndef __getattr__(name):\n    if name == "get_logger":\n        warnings.warn("get_logger moved", DeprecationWarning)\n        from new import get_logger\n        return get_logger\n    raise AttributeError(name)\n',
        "from new import get_logger",
    ),
    (
        "shim that keeps the name",
        'import warnings\ndef __getattr__(name):\n    global get_logger\n    if name == "get_logger":\n        warnings.warn("get_logger moved", DeprecationWarning)\n        from new import get_logger\n        return get_logger\n    raise AttributeError(name)\n',
        "from new import get_logger",
    ),
    (
        "forwarding shim",
        'import warnings\nimport new\ndef __getattr__(name):\n    warnings.warn(f"old.{name} is deprecated", DeprecationWarning)\n    return getattr(new, name)\n',
        "from new import get_logger",
    ),
    (
        "decorator",
        'from warnings import deprecated\n@deprecated("Use new.get_logger instead")\ndef get_logger(name): return 1\n',
        "from new import get_logger",
    ),
    (
        "function that warns",
        "import warnings\ndef get_logger(name):\n    warnings.warn(\"get_logger is deprecated. Use 'from new import get_logger' instead\", DeprecationWarning)\n    return 1\n",
        "from new import get_logger",
    ),
]
PLACES = {
    "new.py": "def get_logger(name): return name\ndef make_logger(name): return name\n",
    "pkg/__init__.py": "",
    "pkg/sub/__init__.py": "",
    "pkg/sub/logs.py": "def get_logger(name): return name\n",
    "mid.py": "import warnings\nfrom pkg.sub.logs import get_logger\nwarnings.warn('mid is deprecated', DeprecationWarning)\n",
    "facade.py": "from _impl import get_logger\n",
    "_impl.py": "def get_logger(name): return name\n",
}


@pytest.mark.parametrize(("title", "old", "wanted"), HOMES, ids=[h[0] for h in HOMES])
def test_homes(run, title, old, wanted):
    outcome = run(
        "deprecated-import", "from old import get_logger\n", files={**PLACES, "old.py": old}
    )
    assert outcome.after == f"{wanted}\n", outcome.notes


DOUBTFUL = [
    (
        "no target",
        WARN.format(text="old is deprecated") + "def get_logger(name): ...\n",
        "its new home is not known",
    ),
    (
        "another name",
        'import warnings\ndef get_logger(name):\n    warnings.warn("get_logger is deprecated. Use new.make_logger instead", DeprecationWarning)\n',
        "another name",
    ),
    (
        "other arguments",
        "def get_logger(name, level): ...\n" + WARN.format(text="old is deprecated, use new"),
        "other arguments",
    ),
    (
        "another kind",
        "class get_logger: ...\n" + WARN.format(text="old is deprecated, use new"),
        "another kind",
    ),
    (
        "target lacks it",
        "def get_logger(name): ...\n" + WARN.format(text="old is deprecated, use facade2"),
        "not found",
    ),
]


@pytest.mark.parametrize(("title", "old", "note"), DOUBTFUL, ids=[h[0] for h in DOUBTFUL])
def test_doubtful_homes_are_told_and_not_applied(run, title, old, note):
    files = {**PLACES, "old.py": old, "facade2.py": ""}
    outcome = run("deprecated-import", "from old import get_logger\n", files=files)
    assert outcome.after == "from old import get_logger\n"
    assert note in outcome.notes


ANOTHER = [
    # what an old module says, where it gets its names from, and what happens to get_logger, Other
    (
        "one name is no rule for the others",
        "from new import Other, get_logger\n"
        + WARN.format(text="Importing get_logger from old is deprecated. Use 'from new import get_logger'."),
        "from old import Other\nfrom new import get_logger\n",
    ),
    (
        "a name of it",
        "from new import Other, get_logger\n"
        + WARN.format(text="get_logger from old is deprecated. Use 'from new import get_logger'."),
        "from old import Other\nfrom new import get_logger\n",
    ),
    (
        "another thing",
        "from new import Other, get_logger\n" + WARN.format(text="Python 2 is deprecated, use 3"),
        None,
    ),
    (
        "equal name, another object",
        "from new import Other\ndef get_logger(name): return 'x'\n" + WARN.format(text="old is deprecated, use new"),
        "from old import get_logger\nfrom new import Other\n",
    ),
    (
        "equal name, but the warning names the pair",
        "from new import Other\ndef get_logger(name):\n    import warnings\n"
        "    warnings.warn('get_logger is deprecated, use new.get_logger', DeprecationWarning)\n    return name\n",
        "from old import Other\nfrom new import get_logger\n",
    ),
    (
        "the pair returns another type",
        "from new import Other\nclass Log: ...\ndef get_logger(name) -> Log:\n    import warnings\n"
        "    warnings.warn('get_logger is deprecated, use new.typed.get_logger', DeprecationWarning)\n    return Log()\n",
        None,
    ),
    (
        "the pair is decorated otherwise",
        "from new import Other\nfrom contextlib import contextmanager\n@contextmanager\ndef get_logger(name):\n"
        "    import warnings\n    warnings.warn('get_logger is deprecated, use new.get_logger', DeprecationWarning)\n"
        "    yield name\n",
        None,
    ),
    (
        "only one of the pair is a generator",
        "from new import Other\ndef get_logger(name):\n    import warnings\n"
        "    warnings.warn('get_logger is deprecated, use new.get_logger', DeprecationWarning)\n    yield name\n",
        None,
    ),
    (
        "a private name",
        "from new import Other\nclass _Inner: ...\ndef __getattr__(name):\n    import warnings\n"
        "    if name == 'get_logger':\n        warnings.warn('get_logger is deprecated', DeprecationWarning)\n"
        "        return _Inner\n    raise AttributeError(name)\n",
        None,
    ),
    (
        "a variable of the shim itself",
        "from new import Other\nmake = 1\ndef __getattr__(name):\n    import warnings\n"
        "    if name == 'get_logger':\n        warnings.warn('get_logger is deprecated', DeprecationWarning)\n"
        "        make = object()\n        return make\n    raise AttributeError(name)\n",
        None,
    ),
    (
        "a table that is only said",
        "from new import Other\n_INSTEAD = {'get_logger': 'new.make'}\ndef _made(name): ...\n"
        "def __getattr__(name):\n    import warnings\n    instead = _INSTEAD[name]\n"
        "    warnings.warn(f'{name} is deprecated, use {instead}', DeprecationWarning)\n    return _made(name)\n",
        None,
    ),
    (
        "an address",
        "from new import Other\ndef get_logger(name):\n    import warnings\n"
        "    warnings.warn('get_logger is deprecated -> https://example.org', DeprecationWarning)\n",
        None,
    ),
    (
        "words",
        "from new import Other\ndef get_logger(name):\n    import warnings\n"
        "    warnings.warn('get_logger is deprecated. Use at your own risk, import the new things', DeprecationWarning)\n",
        None,
    ),
    (
        "an option",
        "from new import Other\nnew = 1\ndef get_logger(name):\n    import warnings\n"
        "    warnings.warn('get_logger is deprecated. Use the `new` parameter', DeprecationWarning)\n",
        None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("title", "old", "after"), ANOTHER, ids=[c[0] for c in ANOTHER])
def test_a_rule_speaks_of_what_its_warning_names(run, title, old, after):
    files = {
        "new/__init__.py": "def get_logger(name): return name\nclass Other: ...\ndef make(name): ...\n",
        "new/typed.py": "class Logger: ...\ndef get_logger(name) -> Logger: ...\n",
        "old.py": old,
    }
    before = "from old import Other, get_logger\n"
    outcome = run("deprecated-import", before, files=files)
    assert outcome.after == (before if after is None else after), outcome.notes


LAZY = [
    (
        "a flag says which names are deprecated",
        "_T = {'A': ('new', 'A', False), 'B': ('new', 'B', True)}\n\n\ndef __getattr__(name):\n"
        "    m, n, old = _T[name]\n    if old:\n        warnings.warn(f'{name} is deprecated', DeprecationWarning)\n"
        "    return getattr(importlib.import_module(m), n)\n",
        "from old import A, B\n",
    ),
    (
        "a set says which names are deprecated",
        "_T = {'A': 'new', 'B': 'new'}\n_OLD = {'B'}\n\n\ndef __getattr__(name):\n    if name in _OLD:\n"
        "        warnings.warn(f'{name} is deprecated', DeprecationWarning)\n    if name in _T:\n"
        "        return getattr(importlib.import_module(_T[name]), name)\n    raise AttributeError(name)\n",
        "from old import A\nfrom new import B\n",
    ),
    (
        "lazy names come before the deprecated ones",
        "_T = {'A': 'new'}\n_OLD = {'B': 'new'}\n\n\ndef __getattr__(name):\n    if name in _T:\n"
        "        return getattr(importlib.import_module(_T[name]), name)\n"
        "    warnings.warn(f'{name} is deprecated', DeprecationWarning)\n"
        "    return getattr(importlib.import_module(_OLD[name]), name)\n",
        "from old import A\nfrom new import B\n",
    ),
    (
        "a branch without a warning",
        "def __getattr__(name):\n    if name == 'A':\n        from new import A\n\n        return A\n"
        "    if name == 'B':\n        warnings.warn('B is deprecated', DeprecationWarning)\n"
        "        from new import B\n\n        return B\n    raise AttributeError(name)\n",
        "from old import A\nfrom new import B\n",
    ),
    (
        "an attribute of what the table holds",
        "from new import A, B\n\n_T = {'A': B}\n\n\ndef __getattr__(name):\n    cls = _T.get(name)\n"
        "    warnings.warn(f'{name} is deprecated', DeprecationWarning)\n    return cls.checker\n",
        "from old import A, B\n",
    ),
]


@pytest.mark.parametrize(("title", "shim", "after"), LAZY, ids=[c[0] for c in LAZY])
def test_only_what_a_shim_warns_of_and_returns_is_moved(run, title, shim, after):
    files = {
        "new.py": "class A: ...\nclass B: ...\n",
        "old.py": f"import importlib, warnings\n\n{shim}",
    }
    assert run("deprecated-import", "from old import A, B\n", files=files).after == after


NOTHING = [
    (
        "not a deprecation",
        "import warnings\nwarnings.warn('careful', UserWarning)\ndef get_logger(n): ...\n",
    ),
    (
        "a function that is not imported",
        "import warnings\ndef get_logger(n): ...\ndef other():\n    warnings.warn('other is deprecated', DeprecationWarning)\n",
    ),
    (
        "lazy loading",
        "def __getattr__(name):\n    import new\n    return getattr(new, name)\n# deprecated warn\n",
    ),
    (
        "when run as a script",
        "import warnings\nif __name__ == '__main__':\n    warnings.warn('old is deprecated', DeprecationWarning)\ndef get_logger(n): ...\n",
    ),
    (
        "a preview",
        "import warnings\nfrom new import get_logger\nwarnings.warn('The module `old` is a preview feature and may change. "
        "This warning will be removed in a future release.')\n",
    ),
    (
        "an argument",
        "import warnings\ndef get_logger(n, x=None):\n    if x:\n        warnings.warn('x is deprecated', DeprecationWarning)\n",
    ),
]


@pytest.mark.parametrize(("title", "old"), NOTHING, ids=[h[0] for h in NOTHING])
def test_what_is_no_deprecation_of_the_name(run, title, old):
    outcome = run(
        "deprecated-import", "from old import get_logger\n", files={**PLACES, "old.py": old}
    )
    assert outcome.after == "from old import get_logger\n"
    assert not outcome.remarks


ZOPE = [
    # What the old module says, and where Model comes from then; None = it stays.
    ("import zope.deferredimport\n\nzope.deferredimport.deprecated('Import from new.', Model='new:Model')\n", "new"),
    ("from zope.deferredimport import deprecated\n\ndeprecated('Import from new.', Other='new:Other', Model='new:Model')\n", "new"),
    ("import zope.deferredimport\n\nzope.deferredimport.deprecatedFrom('Use new.', 'new', 'Other', 'Model')\n", "new"),
    ("from zope.deprecation import moved\n\nmoved('new', 'Version 7.0')\n", "new"),
    ("from zope.deprecation import deprecated\n\nfrom new import Model\n\ndeprecated('Model', 'Use new.Model instead.')\n", "new"),
    ("import zope.deprecation\n\nfrom new import Model\n\nzope.deprecation.deprecated(('Other', 'Model'), 'Gone in 7.')\n", "new"),
    ("import zope.deferredimport\n\nzope.deferredimport.deprecated('Import from new.', Other='new:Other')\n", None),
    ("import zope.deferredimport\n\nzope.deferredimport.define(Model='new:Model')\n", None),
    ("import zope.deferredimport\n\nzope.deferredimport.deprecated('Import it.', Model='gone:Model')\n", None),
    ("from zope.deprecation import moved\n\nmoved('elsewhere', 'Version 7.0')\n", None),
    ("from other import deprecated\n\ndeprecated('Import from new.', Model='new:Model')\n", None),
    ("from zope.deprecation import deprecated\n\nclass Model: ...\n\ndeprecated('Model', 'No longer used.')\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "home"), ZOPE)
def test_what_zope_s_libraries_deprecate(run, old, home):
    files = {"old.py": old, "new.py": "class Model: ...\nclass Other: ...\n"}
    outcome = run("deprecated-import", "from old import Model\n", files=files)
    assert outcome.after == f"from {home or 'old'} import Model\n", outcome.notes
    assert home or not outcome.notes


def test_what_lies_in_a_deprecated_package_is_no_new_home(run):
    warn = "warnings.warn('pkg.old is not maintained, use types of pkg.new', DeprecationWarning)\n"
    files = {
        "pkg/__init__.py": "",
        "pkg/old/__init__.py": f"import warnings\nfrom .types import Model\n\n{warn}",
        "pkg/old/types.py": "class Model: ...\n",
    }
    code = "from pkg.old import Model\n"
    assert not run("deprecated-import", code, files=files).changed
    # A name that a shim of the package warns of is another matter: the package itself is fine.
    shim = (
        "import warnings\n\n\ndef __getattr__(name):\n    if name == 'Model':\n"
        "        warnings.warn('Model is deprecated', DeprecationWarning)\n"
        "        from .types import Model\n\n        return Model\n    raise AttributeError(name)\n"
    )
    outcome = run("deprecated-import", code, files={**files, "pkg/old/__init__.py": shim})
    assert outcome.after == "from pkg.old.types import Model\n", outcome.notes


CONFIGURED = [
    (
        "a name",
        "old:Name",
        "new:make_logger",
        "from old import Name\n",
        "from new import make_logger as Name\n",
    ),
    ("a module", "old", "new", "from old import get_logger\n", "from new import get_logger\n"),
    (
        "a module and below",
        "old",
        "pkg",
        "from old.sub.logs import get_logger\n",
        "from pkg.sub.logs import get_logger\n",
    ),
    (
        "names of a module",
        "old.mod:*",
        "new:*",
        "from old.mod import get_logger\n",
        "from new import get_logger\n",
    ),
    (
        "modules below",
        "old.*",
        "pkg.*",
        "from old.sub.logs import get_logger\n",
        "from pkg.sub.logs import get_logger\n",
    ),
    (
        "standard library",
        "collections:Mapping",
        "collections.abc:Mapping",
        "from collections import Mapping, OrderedDict\n",
        "from collections import OrderedDict\nfrom collections.abc import Mapping\n",
    ),
    (
        "import as",
        "old",
        "new",
        "import old as o\no.get_logger\n",
        "import new as o\no.get_logger\n",
    ),
    ("import", "old", "new", "import old\nold.get_logger\n", "import new\nnew.get_logger\n"),
]


@pytest.mark.parametrize(
    ("title", "source", "target", "before", "after"), CONFIGURED, ids=[c[0] for c in CONFIGURED]
)
def test_configured(run, title, source, target, before, after):
    rules = (ImportRule(source, target),)
    outcome = run("deprecated-import", before, files=PLACES, deprecated_import=rules)
    assert outcome.after == after, outcome.notes


@pytest.mark.parametrize(
    ("source", "target", "before"),
    [
        ("old:Name", "new:Missing", "from old import Name\n"),
        ("old:Name", "gone:Name", "from old import Name\n"),
        ("old", "new", "from old import absent\n"),
    ],
)
def test_a_configured_target_that_is_not_there(run, source, target, before):
    rules = (ImportRule(source, target),)
    outcome = run("deprecated-import", before, files=PLACES, deprecated_import=rules)
    assert outcome.after == before
    assert "is not found" in outcome.notes


USAGE = ImportRule(
    "old:central_logger", "new:get_logger", "central_logger.get_logger($name)", "get_logger($name)"
)


def test_uses_that_differ(run):
    before = "from old import central_logger\n\nlog = central_logger.get_logger(__name__)\nb = [central_logger.get_logger('a' + 'b')]\n"
    after = (
        "from new import get_logger\n\nlog = get_logger(__name__)\nb = [get_logger('a' + 'b')]\n"
    )
    outcome = run("deprecated-import", before, files=PLACES, deprecated_import=(USAGE,))
    assert outcome.after == after, outcome.notes


def test_uses_that_the_rule_does_not_tell(run):
    before = "from old import central_logger\n\nlog = central_logger.get_logger(__name__)\ncentral_logger.info('x')\n"
    outcome = run("deprecated-import", before, files=PLACES, deprecated_import=(USAGE,))
    assert outcome.after == before
    assert "line 4 uses it" in outcome.notes


def test_a_circle_is_not_made(run):
    files = {
        **PLACES,
        "old.py": "import warnings\ndef __getattr__(name):\n    if name == 'f':\n        warnings.warn('f moved', DeprecationWarning)\n        from low import f\n        return f\n",
        "low.py": "from user import g\ndef f(): ...\n",
    }
    outcome = run(
        "deprecated-import", "from old import f\ndef g(): ...\n", path="user.py", files=files
    )
    assert not outcome.changed
    assert "circle" in outcome.notes


def test_what_a_test_patches_late_is_left_alone(run):
    files = {
        **FILES,
        "tests/test_it.py": "from unittest.mock import patch\n\nwith patch('pkg.old.get_logger'): ...\n",
    }
    code = "def f():\n    from pkg.old import get_logger\n    return get_logger\n"
    outcome = run("deprecated-import", code, path="pkg/user.py", files=files)
    assert outcome.after == code
    assert "tests/test_it.py:3 patches" in outcome.notes


TOP = {"old.py": "from fresh import *\n", "fresh.py": "X = 1\n"}
TOP_RULE = (ImportRule("old", "fresh"),)
LOCAL_NAME = [
    ("nobody else needs the name", "import old\nx = old.X\n", "import fresh\nx = fresh.X\n"),
    (
        "f-string",
        "import old\nx = f'{old.X!r:>{old.X}}'\n",
        "import fresh\nx = f'{fresh.X!r:>{fresh.X}}'\n",
    ),
    ("__all__", "import old\n__all__ = ['old']\n", "import fresh as old\n__all__ = ['old']\n"),
    (
        "annotation",
        "import old\ndef f(x: 'old.X'): ...\n",
        "import fresh as old\ndef f(x: 'old.X'): ...\n",
    ),
    (
        "class",
        "class C:\n    import old\n    x = old.X\n",
        "class C:\n    import fresh as old\n    x = old.X\n",
    ),
    (
        "the new name is taken",
        "import old\ndef f(fresh):\n    return old.X, fresh\n",
        "import fresh as old\ndef f(fresh):\n    return old.X, fresh\n",
    ),
    ("as the new name", "import old as fresh\nx = fresh.X\n", "import fresh\nx = fresh.X\n"),
]


@pytest.mark.parametrize(("title", "before", "after"), LOCAL_NAME, ids=[c[0] for c in LOCAL_NAME])
def test_a_module_keeps_its_local_name_where_it_is_needed(run, title, before, after):
    assert run("deprecated-import", before, files=TOP, deprecated_import=TOP_RULE).after == after


def test_a_module_keeps_its_local_name_where_another_file_reaches_it(run):
    files = {**TOP, "test_example.py": "from mock import patch\npatch('example.old')\n"}
    outcome = run("deprecated-import", "import old\n", files=files, deprecated_import=TOP_RULE)
    assert outcome.after == "import fresh as old\n"


def test_the_most_special_rule_wins(run):
    rules = (ImportRule("old", "fresh"), ImportRule("old:X", "special:X"))
    files = {**TOP, "special.py": "X = 2\n"}
    outcome = run("deprecated-import", "from old import X\n", files=files, deprecated_import=rules)
    assert outcome.after == "from special import X\n"


@pytest.mark.parametrize(
    "target",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from old import X\n",
        "def f():\n    X = 1\n",
    ],
)
def test_what_the_target_does_not_have_at_run_time_stays(run, target):
    files = {"old.py": "X = 1\n", "fresh.py": target}
    rules = (ImportRule("old:X", "fresh:X"),)
    outcome = run("deprecated-import", "from old import X\n", files=files, deprecated_import=rules)
    assert not outcome.changed
    assert "fresh.X is not found" in outcome.notes


@pytest.mark.parametrize(
    "old",
    [
        # said only on an old Python; another class of the same name
        "import sys, warnings\nif sys.version_info < (3, 8):\n"
        "    warnings.warn('Python 3.7 is deprecated, use new', DeprecationWarning)\nfrom new import Thing\n",
        WARN.format(text="old is deprecated, use new instead") + "class Thing:\n    v = 2\n",
    ],
)
def test_doubtful_deprecations_change_nothing(run, old):
    files = {"old.py": old, "new.py": "class Thing:\n    v = 1\n"}
    assert not run("deprecated-import", "from old import Thing\n", files=files).changed


def test_a_module_that_puts_another_in_its_place(run):
    """As `collections.abc` does in some versions of Python."""
    files = {
        **FILES,
        "pkg/front.py": "import sys\n\nimport pkg.new\n\nsys.modules[__name__] = pkg.new\n",
        "pkg/strange.py": "import sys\n\nget_logger = 1\nsys.modules[__name__] = object()\n",
    }
    for target, changed in (("pkg.front", True), ("pkg.strange", False)):
        rule = ImportRule("pkg.other:get_logger", f"{target}:get_logger")
        outcome = run(
            "deprecated-import",
            "from pkg.other import get_logger\n",
            path="user.py",
            files=files,
            deprecated_import=(rule,),
        )
        assert outcome.changed == changed, outcome.notes


def test_the_import_that_makes_a_package_the_new_home_is_no_note(run):
    files = {"a/b.py": "def f(): ...\n"}
    rules = (ImportRule("a.b:f", "a:f"),)
    own = run(
        "deprecated-import",
        "from .b import f\n",
        path="a/__init__.py",
        files=files,
        deprecated_import=rules,
    )
    assert (own.changed, own.notes) == (False, "")
    use = run("deprecated-import", "from a.b import f\n", path="use.py", deprecated_import=rules)
    assert use.after == "from a import f\n"


@pytest.mark.parametrize(
    ("code", "taker", "why"),
    [
        ("from pkg import old\nx = old.VALUE\n", "from example import old\n\nold.own()\n", "taker.py may take old"),
        ("import pkg.old as o\nx = o.VALUE\n", "import example\n\nexample.o.own()\n", "taker.py may take o"),
        ("from pkg import old\nx = old.VALUE\n", "from example import *\n\nold.own()\n", "taker.py may take old"),
        ("class A:\n    import pkg.old as o\n    x = o.VALUE\n\n    def f(self):\n        return self.o.own()\n", "", "o is an attribute of a class"),
    ],
)  # fmt: skip
def test_a_module_that_others_reach_through_this_file_stays(run, code, taker, why):
    outcome = run("deprecated-import", code, files={**FILES, "taker.py": taker})
    assert outcome.after == code
    assert why in outcome.notes


def test_a_recorded_warning_that_names_no_module_says_that_the_home_is_not_known(run, tmp_path):
    message = "old is deprecated. Use context.metadata instead."
    warning = {"category": "DeprecationWarning", "message": message, "file": "a.py", "line": 1}
    report = tmp_path / "report.json"
    report.write_text(
        json.dumps({"schema": 1, "created": "2026-01-01T00:00:00Z", "warnings": [warning]})
    )
    files = {"old.py": "def get(a): ...\n"}
    outcome = run("deprecated-import", "from old import get\n", files=files, reports=[report])
    assert not outcome.changed
    assert "its new home is not known" in outcome.notes
    assert "context" not in outcome.notes.partition("left as it is")[2]


SPELLED = [
    ("plain", "patch('pkg.old.get_logger')"),
    ("side by side", "patch('pkg.old.get_'\n    'logger')"),
    ("side by side, with a comment", "patch('pkg.old.get_'  # long\n    r'logger')"),
    ("an escape", "patch('pkg.old.get\\x5flogger')"),
    ("over two lines", "patch('pkg.old.get_\\\nlogger')"),
    ("an attribute", "import pkg.old as o\nsetattr(o, 'get_logger', 1)"),
    ("a name", "OLD = 'pkg.old.get_logger'\npatch(OLD)"),
    ("an object", "from pkg import old as o\npatch.object(o, 'get_logger')"),
    ("one import of several", "import os, pkg.old as o\nmocker.patch.object(o, 'get_logger')"),
    (
        "an import over lines",
        "from pkg import \\\n    old\nmonkeypatch.setattr(old, 'get_logger', 1)",
    ),
    (
        "an import in brackets",
        "from pkg import (\n    a,\n    old,\n)\npatch(target=old, get_logger=1)\npatch.object(\n    old, 'get_logger')",
    ),
    ("a package", "import pkg as p\nsetattr(p.old, 'get_logger', 1)"),
]


@pytest.mark.parametrize(("title", "code"), SPELLED, ids=[c[0] for c in SPELLED])
def test_a_patched_name_is_found_however_it_is_spelled(tmp_path, title, code):
    start = "from unittest.mock import patch\npatch('a.b.c')\n"
    (tmp_path / "test_it.py").write_text(f"{start}{code}\n")
    (tmp_path / "test_other.py").write_text(start)
    found = patched_names(Project(tmp_path, Config(tmp_path)), "pkg.old.get_logger")
    assert "pkg.old.get_logger" in {name for name, _ in found}
    assert {place.partition(":")[0] for _, place in found} == {"test_it.py"}
