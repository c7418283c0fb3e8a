"""A pytest plugin for the target interpreter (3.11+): which test executes what of an API.

`FOCUS_API` holds the imports of a focus as JSON, each `module` or `module:Name`. What they are is
asked of Python itself, not of gardener: the files of a module or package, the methods of a class.
"""

import importlib
import inspect
import json
import os
import sys
import threading
import types

import pytest

_TOP = os.environ["FOCUS_TOP"].rstrip("/") + "/"
_IS_RUN = inspect.CO_OPTIMIZED  # the code of a function, not of a module or a class body
_files = set()
_folders = []
_classes = set()
_functions = set()
_own = {}
_executed = {}
_users = {}  # functions of the project that name the API, with the tests in which they called it
_ran = {}
_kinds = {}
_OTHER, _OWN, _USER = range(3)
_now = [None]
_MONITORING = hasattr(sys, "monitoring")
_TOOL = 4


def _add(spec):
    """Note what an import of the focus is, as code objects will show it."""
    module, _, name = spec.partition(":")
    try:
        found = importlib.import_module(module)
        found = getattr(found, name) if name else found
        is_class = isinstance(found, type)
        code = getattr(found, "__code__", None)
    except Exception:  # not installed, or a proxy of what there is only while it is used
        return
    if not name and getattr(found, "__file__", None):
        file = found.__file__
        _folders.append(os.path.dirname(file) + "/") if hasattr(found, "__path__") else _files.add(
            file
        )
    elif is_class:
        _classes.add(
            (getattr(sys.modules.get(found.__module__), "__file__", ""), found.__qualname__)
        )
    elif code:
        _functions.add(code)


def _is_own(code):
    """Whether code is a part of the API."""
    answer = _own.get(code)
    if answer is None:
        file = code.co_filename
        answer = bool(code.co_flags & _IS_RUN) and (
            file in _files
            or file.startswith(tuple(_folders))
            or code in _functions
            or any(file == f and code.co_qualname.startswith(f"{c}.") for f, c in _classes)
        )
        _own[code] = answer
    return answer


def _names_api(frame):
    """Whether a function names a part of the API: a class, a function, a module."""
    for name in frame.f_code.co_names:
        found = frame.f_globals.get(name)
        if isinstance(found, types.FunctionType) and _is_own(found.__code__):
            return True
        if isinstance(found, types.ModuleType) and getattr(found, "__file__", None):
            file = found.__file__
            if file in _files or file.startswith(tuple(_folders)):
                return True
        if isinstance(found, type):
            file = getattr(sys.modules.get(found.__module__), "__file__", None) or ""
            if (
                file in _files
                or file.startswith(tuple(_folders))
                or (file, found.__qualname__) in _classes
            ):
                return True
    return False


def _name(code):
    return f"{code.co_filename.removeprefix(_TOP)}:{code.co_qualname}"


def _kind(frame):
    """Whether code is a part of the API, or a function of the project that names it."""
    code = frame.f_code
    kind = _kinds.get(code)
    if kind is None:
        is_user = code.co_filename.startswith(_TOP) and code.co_flags & _IS_RUN
        kind = _OWN if _is_own(code) else _USER if is_user and _names_api(frame) else _OTHER
        _kinds[code] = kind
    return kind


def _started(frame, kind):
    """Note that code of the API, or code that names it, runs in the test of now."""
    test = _now[0]
    if kind == _USER:
        _ran.setdefault(frame.f_code, set()).add(test)
        return
    if _is_importing(frame):
        return
    _executed.setdefault(test, {}).setdefault(_name(frame.f_code))
    caller = frame.f_back
    if caller is not None and _kind(caller) == _USER:
        _users.setdefault(caller.f_code, set()).add(test)


def _is_importing(frame):
    """Whether it runs because something is imported: modules with lazy names do that."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _profile(frame, event, _argument):
    if event == "call" and _now[0]:
        kind = _kind(frame)
        if kind != _OTHER:
            _started(frame, kind)


def _start(_code, _offset):
    if not _now[0]:
        return None
    frame = sys._getframe(1)
    kind = _kind(frame)
    if kind == _OTHER:
        return sys.monitoring.DISABLE
    return _started(frame, kind)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish():
    for spec in json.loads(os.environ["FOCUS_API"]):
        _add(spec)
    if _MONITORING:
        sys.monitoring.use_tool_id(_TOOL, "focus")
        for event in (sys.monitoring.events.PY_START, sys.monitoring.events.PY_RESUME):
            sys.monitoring.register_callback(_TOOL, event, _start)
        events = sys.monitoring.events
        sys.monitoring.set_events(_TOOL, events.PY_START | events.PY_RESUME)
    else:
        threading.setprofile(_profile)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    _now[0] = item.nodeid
    _executed.setdefault(item.nodeid, {})
    if not _MONITORING:
        sys.setprofile(_profile)
    yield
    if not _MONITORING:
        sys.setprofile(None)
    _now[0] = None


def pytest_sessionfinish():
    if _MONITORING:
        sys.monitoring.set_events(_TOOL, 0)
        sys.monitoring.free_tool_id(_TOOL)
    used = {}
    for user, calling in _users.items():
        running = _ran.get(user, ())
        # One that does so now and then is for other things: a dispatcher, a handler of all errors.
        for test in running if 2 * len(calling) >= len(running) else ():
            used.setdefault(test, []).append(_name(user))
    told = {test: {"api": [*api], "users": used.get(test, [])} for test, api in _executed.items()}
    with open(os.environ["FOCUS_OUT"], "w") as out:
        json.dump(told, out, indent=1)
