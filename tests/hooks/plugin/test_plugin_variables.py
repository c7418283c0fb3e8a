"""The dict in which `os.environ` keeps the variables while tests are recorded."""

import copy
import os
import pickle
import subprocess
import time
import urllib.request
from typing import Any
from unittest import mock

import pytest
from gardener.hooks.plugin.executed import Executed
from gardener.hooks.plugin.readers import ALL_VARIABLES, ENVIRONMENT
from gardener.hooks.plugin.repository import Repository
from gardener.hooks.plugin.variables import LOCALE, TIME_ZONE, NotingDict, VariableReads, read_in_c

ENVIRON: Any = os.environ
BYTES: Any = os.environb


@pytest.fixture
def executed(request):
    """What is noted of what this file reads: it is the project."""
    executed = Executed(Repository(str(request.path.parents[3]), str(request.path.parent), []))
    for function in READS:
        list(executed.add(function.__code__))
    reads = VariableReads(executed, lambda: False)
    yield executed
    reads.stop()


def by_get():
    return os.environ.get("SOME_VARIABLE")


def by_getenv():
    return os.getenv("SOME_VARIABLE", "")


def by_item():
    try:
        return os.environ["SOME_VARIABLE"]
    except KeyError:
        return ""


def by_in():
    return "SOME_VARIABLE" in os.environ


def by_bytes():
    return os.environb.get(b"SOME_VARIABLE")


def by_dict():
    return dict(os.environ)


def by_copy():
    return os.environ.copy()


def by_items():
    return {name: value for name, value in os.environ.items() if name.startswith("A")}


def by_deepcopy():
    return copy.deepcopy(os.environ)


def by_loop():
    return [name for name in os.environ if os.environ[name]]


def for_proxies():
    return urllib.request.getproxies_environment()


def by_path():
    return os.environ.get("PATH"), os.environ.get("TERM")


def to_restore():
    with mock.patch.dict(os.environ, {"OTHER": "1"}):
        pass


READS = {
    **{read: {"SOME_VARIABLE"} for read in (by_get, by_getenv, by_item, by_in, by_bytes)},
    **{read: {"*"} for read in (by_dict, by_copy, by_items, by_deepcopy, by_loop)},
    for_proxies: {
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        "REQUEST_METHOD",
    },
    by_path: {"TERM"},
    to_restore: set(),
}


@pytest.mark.parametrize("read", READS)
def test_what_is_noted(executed, read):
    read()
    assert executed.current.files == {f"{ENVIRONMENT}{name}" for name in READS[read]}


def test_two_loops_do_not_hide_a_read(executed):
    first = next(iter(os.environ))
    executed.current.files.clear()
    by_get()
    assert f"{ENVIRONMENT}SOME_VARIABLE" in executed.current.files
    assert first


def test_what_is_written_is_there(executed, monkeypatch):
    monkeypatch.setenv("SOME_VARIABLE", "set")
    assert (
        by_get()
        == by_dict()["SOME_VARIABLE"]
        == subprocess.check_output(["printenv", "SOME_VARIABLE"], text=True).strip()
    )
    assert type(os.environ.copy()) is dict


def test_a_copy_tells_nobody(executed):
    copies = (copy.copy(ENVIRON._data), pickle.loads(pickle.dumps(ENVIRON._data)))
    for copied in (*copies, copy.deepcopy(ENVIRON)._data):
        assert type(copied) is dict
        assert copied == ENVIRON._data.plain()


def test_nothing_is_left_behind(request):
    before = ENVIRON._data
    executed = Executed(Repository(str(request.path.parent), str(request.path.parent), []))
    reads = VariableReads(executed, lambda: True)
    assert type(ENVIRON._data) is NotingDict
    assert BYTES._data is ENVIRON._data
    reads.stop()
    assert type(ENVIRON._data) is dict
    assert ENVIRON._data == before


def test_many_reads_in_a_row_are_cheap(executed):
    for _ in range(10000):
        by_get()
    started = executed.current.files.copy()
    assert started == {f"{ENVIRONMENT}SOME_VARIABLE"}
    assert executed.current.files is not started
    assert ENVIRON._data.reads[ENVIRON.encodekey("SOME_VARIABLE")] <= 100


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda: time.localtime(), {TIME_ZONE}),
        (lambda moment: moment.astimezone(), {TIME_ZONE}),
        (lambda: time.strftime("%c"), {TIME_ZONE, LOCALE}),
        (lambda: time.timezone, {TIME_ZONE}),
        (lambda dt: dt.timezone.utc, set()),
        (lambda locale: locale.setlocale(0), {LOCALE}),
        (lambda: time.monotonic(), set()),
    ],
)
def test_what_only_c_reads(function, expected):
    assert read_in_c(function.__code__) == expected


def test_all_variables_have_one_name():
    assert f"{ENVIRONMENT}*" == ALL_VARIABLES
