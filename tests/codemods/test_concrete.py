"""Codemods that a project or a distribution writes for libcst."""

import os
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardener.codemod.differences import edits_between
from gardener.codemod.file_text import FileText

COMMAND = '''"""Call our clock instead of time.sleep()."""

import libcst as cst
import libcst.matchers as m
from libcst.codemod import VisitorBasedCodemodCommand

NEEDLES = (b"sleep",)


class NoSleep(VisitorBasedCodemodCommand):
    DESCRIPTION = "no sleep"

    def leave_Call(self, original_node, updated_node):
        if m.matches(original_node.func, m.Attribute(m.Name("time"), m.Name("sleep"))):
            return updated_node.with_changes(
                func=cst.Attribute(cst.Name("time"), cst.Name("clock_sleep"))
            )
        return updated_node

    def leave_Attribute(self, original_node, updated_node):
        if original_node.attr.value == "sleepy":
            self.warn("sleepy is left to you")
        return updated_node
'''
TRANSFORMER = '''"""Write lib.bar for lib.foo, whatever the import is called."""

import libcst as cst
from libcst.metadata import QualifiedNameProvider

NEEDLES = (b"foo",)


class _Helper(cst.CSTTransformer):
    pass


class Foo(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def leave_Attribute(self, original_node, updated_node):
        names = self.get_metadata(QualifiedNameProvider, original_node, set())
        if any(name.name == "lib.foo" for name in names):
            return updated_node.with_changes(attr=cst.Name("bar"))
        return updated_node
'''
BODY = """import libcst as cst

NEEDLES = (b"x",)


class T(cst.CSTTransformer):
    def leave_Name(self, original_node, updated_node):
        %s
"""


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gardener" / "codemods").mkdir(parents=True)
    return tmp_path


def write(repo, name, text):
    (repo / ".gardener" / "codemods" / name).write_text(text)


def gardener(repo, *args, path=""):
    environment = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-m", "gardener", *args],
        cwd=repo,
        capture_output=True,
        check=False,
        env=environment,
    )


OLD = b"import time\r\n\r\n\r\ndef f( ):\r\n\ttime.sleep( 1 )  # one\r\n\treturn 'a'   \r\n"


def test_a_command(repo):
    write(repo, "no_sleep.py", COMMAND)
    (repo / "a.py").write_bytes(OLD)
    dry = gardener(repo, "fix", "--check", "a.py")
    assert dry.returncode == 1, dry.stderr
    assert (repo / "a.py").read_bytes() == OLD
    diff = gardener(repo, "fix", "--diff", "a.py").stdout
    assert b"+\ttime.clock_sleep( 1 )  # one\r\n" in diff
    assert diff.count(b"\n+") == 2  # the header, the line
    assert gardener(repo, "fix", "a.py").returncode == 1
    assert (repo / "a.py").read_bytes() == OLD.replace(b"time.sleep", b"time.clock_sleep")
    again = gardener(repo, "fix", "a.py")
    assert (again.returncode, again.stdout) == (0, b"")


def test_a_transformer_that_asks_for_metadata(repo):
    write(repo, "foo.py", TRANSFORMER)
    (repo / "a.py").write_text("import lib as l\n\nl.foo(1)\nother.foo(2)\n")
    done = gardener(repo, "fix", "a.py")
    assert done.returncode == 1, done.stderr
    assert (repo / "a.py").read_text() == "import lib as l\n\nl.bar(1)\nother.foo(2)\n"


def test_what_it_warns_of_is_told(repo):
    write(repo, "no_sleep.py", COMMAND)
    (repo / "a.py").write_text("x = 1\nx.sleepy\n")
    done = gardener(repo, "fix", "a.py")
    assert done.returncode == 0
    assert b"a.py:2: no-sleep: sleepy is left to you" in done.stderr
    assert gardener(repo, "fix", "--strict", "a.py").returncode == 1


def test_comments_keep_it_away(repo):
    write(repo, "no_sleep.py", COMMAND)
    text = "import time\n\ntime.sleep(1)  # gardener: skip=no-sleep\n"
    (repo / "a.py").write_text(text)
    assert b"protected" in gardener(repo, "fix", "a.py").stderr
    assert (repo / "a.py").read_text() == text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return updated_node.with_changes(value=original_node.value + 'x')", b"a second run"),
        ("raise KeyError('oh')", b"the codemod fails: KeyError: 'oh'"),
        ("return updated_node.with_changes(value='a b')", b"left as it is"),
    ],
    ids=["never done", "fails", "does not parse"],
)
def test_a_bad_one_changes_nothing_and_stops_nobody(repo, body, told):
    write(repo, "bad.py", BODY % body)
    text = "from datetime import datetime\n\nx = datetime.utcnow()\n"
    (repo / "a.py").write_text(text)
    done = gardener(repo, "fix", "a.py")
    assert done.returncode == 1, done.stderr
    assert b"bad: left as it is" in done.stderr
    assert told in done.stderr
    assert "datetime.now(timezone.utc)" in (repo / "a.py").read_text()


def test_a_file_that_it_skips_stays(repo):
    write(
        repo,
        "skips.py",
        "from libcst.codemod import SkipFile, VisitorBasedCodemodCommand\n\nNEEDLES = (b'x',)\n\n\n"
        "class Skips(VisitorBasedCodemodCommand):\n"
        "    def visit_Module(self, node):\n        raise SkipFile('no')\n",
    )
    (repo / "a.py").write_text("x = 1\n")
    done = gardener(repo, "fix", "a.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_several_transformers_have_to_be_told_apart(repo):
    write(repo, "two.py", BODY % "return updated_node" + "\n\nclass U(T):\n    pass\n")
    (repo / "a.py").write_text("x = 1\n")
    done = gardener(repo, "fix", "a.py")
    assert done.returncode == 2
    assert b"has several transformers (T, U)" in done.stderr
    write(
        repo, "two.py", BODY % "return updated_node" + "\n\nclass U(T): ...\n\n\nTRANSFORMER = U\n"
    )
    assert gardener(repo, "fix", "a.py").returncode == 0


def test_libcst_is_imported_only_for_a_file_that_holds_a_needle(repo):
    write(repo, "no_sleep.py", COMMAND)
    (repo / "a.py").write_text("x = 1\n")
    (repo / "b.py").write_text("sleep = 1\n")
    script = (
        "import sys\nfrom gardener.cli import main\n"
        "main(['fix', 'a.py']); print('libcst' in sys.modules)\n"
        "main(['fix', 'b.py']); print('libcst' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=repo, capture_output=True, check=True)
    assert done.stdout.split() == [b"False", b"True"]


def install(site, wheel, modules, points):
    """Make a wheel and let pip install it into a folder."""
    info = "sleepless-1.dist-info"
    files = {f"sleepless/{name}": text for name, text in modules.items()}
    files[f"{info}/METADATA"] = "Metadata-Version: 2.1\nName: sleepless\nVersion: 1\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = "[gardener.codemods]\n" + points
    with zipfile.ZipFile(wheel / "sleepless-1-py3-none-any.whl", "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
        packed.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in files))
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    command = [*pip, "--no-index", "--no-deps", "--upgrade", "--target", site, packed.filename]
    subprocess.run(command, check=True)


@pytest.mark.slow
def test_codemods_of_an_installed_distribution(repo, tmp_path_factory):
    site, wheel = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("wheel")
    points = "no-sleep = sleepless.clock:NoSleep\nno-foo = sleepless.foo\n"
    modules = {
        "__init__.py": "",
        "clock.py": COMMAND,
        "foo.py": '"""Write bar for foo."""\n\nimport libcst as cst\n\nNEEDLES = (b"foo",)\n\n\n'
        "class Bar(cst.CSTTransformer):\n"
        "    def leave_Name(self, original_node, updated_node):\n"
        '        is_foo = original_node.value == "foo"\n'
        '        return updated_node.with_changes(value="bar") if is_foo else updated_node\n',
    }
    install(site, wheel, modules, points)
    (repo / "a.py").write_text("import time\n\ntime.sleep(foo)\n")
    listed = gardener(repo, "codemods", path=site).stdout
    assert b"no-sleep           Call our clock instead of time.sleep()." in listed
    assert b"no-foo " in listed
    assert b"# no-sleep" in gardener(repo, "codemods", "no-sleep", path=site).stdout
    assert gardener(repo, "fix", "--only", "no-sleep", "a.py", path=site).returncode == 1
    assert (repo / "a.py").read_text() == "import time\n\ntime.clock_sleep(foo)\n"
    assert gardener(repo, "fix", "a.py", path=site).returncode == 1
    assert (repo / "a.py").read_text() == "import time\n\ntime.clock_sleep(bar)\n"
    install(site, wheel, {**modules, "foo.py": "1 / 0\n"}, points)
    broken = gardener(repo, "fix", "a.py", path=site)
    assert broken.returncode == 2
    assert b"no-foo" in broken.stderr
    assert b"division by zero" in broken.stderr


LINES = st.lists(st.sampled_from(["a = 1", "b = 'ä'", "", "# c", "def f(): pass"]), max_size=8)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_edits_lead_from_one_text_to_the_other(one, other, newline, last):
    before = (newline.join(one) + newline * last).encode()
    after = (newline.join(other) + newline * last).encode()
    assert FileText(before).spliced(edits_between(before, after)) == after
