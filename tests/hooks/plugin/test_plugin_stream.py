"""Events become JSON lines, each written whole by the process whose file it is."""

import json
import os
import subprocess
import sys

import pytest
from gardener.hooks.plugin.stream import Stream, compact, quoted


def lines(folder):
    [path] = folder.iterdir()
    return path.read_text().splitlines()


def test_each_event_is_a_line_at_once(tmp_path):
    folder = tmp_path / "new"
    stream = Stream(str(folder), "")
    stream.write({"k": "session", "rootdir": "Grüße\n\udc80"})
    assert [path.name for path in folder.iterdir()] == [f"main-{os.getpid()}.jsonl"]
    [line] = lines(folder)
    assert json.loads(line) == {"k": "session", "rootdir": "Grüße\n\udc80"}
    assert line.isascii()


def test_the_end_of_a_test_waits_for_the_start_of_the_next(tmp_path):
    stream = Stream(str(tmp_path), "")
    stream.delay_line('{"k":"passed"}')
    assert lines(tmp_path) == []
    stream.write_line('{"k":"start"}')
    stream.write_line('{"k":"finish"}')
    assert lines(tmp_path) == ['{"k":"passed"}', '{"k":"start"}', '{"k":"finish"}']


def test_a_worker_lets_nothing_wait(tmp_path):
    Stream(str(tmp_path), "gw1").delay_line('{"k":"passed"}')
    assert [path.name for path in tmp_path.iterdir()] == [f"gw1-{os.getpid()}.jsonl"]
    assert lines(tmp_path) == ['{"k":"passed"}']


FORKS = """
import os, sys
from gardener.hooks.plugin.stream import Stream
stream = Stream(sys.argv[1], "")
stream.delay_line("1")
child = os.fork()
if child == 0:
    stream.write_line("of the child")
    os._exit(0)
os.waitpid(child, 0)
stream.write_line("2")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_writes_nothing(tmp_path):
    subprocess.run([sys.executable, "-c", FORKS, str(tmp_path)], check=True)
    assert lines(tmp_path) == ["1", "2"]


def test_json_without_spaces():
    assert compact({"a": [1, 2], "b": None}) == '{"a":[1,2],"b":null}'
    assert quoted('a"\n\x00') == '"a\\"\\n\\u0000"'
