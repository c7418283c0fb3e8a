"""Lines that a codemod made too long are broken as a formatter breaks them."""

import subprocess
import sys

import pytest

from gardener.codemod.file_text import FileText
from gardener.codemod.line_breaks import breaking

LIMIT = 60


def broken(before, after):
    """`after`, with the lines broken that are too long only there."""
    old, new = FileText(before.encode()), FileText(after.encode())
    return new.spliced(breaking(old, new, LIMIT, "    ")).decode()


def formatted(text):
    """A text as ruff formats it."""
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={LIMIT}", "-"]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=True, timeout=60
    ).stdout


LONG = [
    ("arguments", "xxxxxxx = f(aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbb)\n"),
    ("many arguments", "xxx = f(aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccc)\n"),
    ("the head of a with", "with open(aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbb) as c:\n    pass\n"),
    ("an empty call at the end", "text = json.loads(aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb).encode()\n"),
    ("two operators", "xxxxx = aaaaaaaaaaaaaaaaaaaaa(b) + bbbbbbbbbbbbbbbbbbbbbbbbbbbbb(c) - d(e)\n"),
    ("one operator", "xxxxx = aaaaaaaaaaaaaaaaaaaaa(b) + bbbbbbbbbbb(cccccccccccccc, dddddd)\n"),
    ("no brackets at the end", "xx = aaaaaaaaaaaaaaaaaaaaaaaaaaaa(b) - bbbbbbbbbbbbbbbbbbbbbbbbb.ccccc\n"),
    ("one operator, and the last call too far", "xx = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(b) + bbbbbbbbbbbbbbbbbbbbbbbbb(cc)\n"),
    ("a choice", "xxxxx = aaaaaaaaaaaaaaaaaaaaa(b) if bbbbbbbbbbb else cccccccccc(dddddddddd)\n"),
    ("a choice in brackets", "x = (\n    aaaaaaaaaaaaaaaaaaaaa(b) if bbbbbbbbbbb else cccccccccc(dddddddddd)\n)\n"),
    ("a condition", "if aaaaaaaaaaaaaaaaaaaaa(b) and bbbbbbbbbbb and cccccccccc(dddddddddd):\n    pass\n"),
    ("a condition of two", "if aaaaaaaaaaa and aaaaaaaaa - bbbbbbbbbbb > cccccccccc(dddddddddd=1):\n    pass\n"),
    ("operators within a condition", "x = (\n    aaaaaaaaaaaaaaa(b)\n    and bbbbbbbbbbbbbbbbbbbbb.replace(tzinfo=None) >= cccccccc.expires\n)\n"),
    ("the first of several operands", "x = (\n    bbbbbbbbbbbbbbbbbbbbbbbbb.replace(tzinfo=None) - cccccccc.expires\n    > ddddddddddd\n)\n"),
    ("a dictionary in a call", 'f({"a": aaaaaaaaaaaaaaaaaaaaaaaaaaaa(b), "b": bbbbbbbbbbb(ccccc)})\n'),
    ("a tuple in a list", "x = [\n    (aaaaaaaaaaaaaaaaaaaaaaaaaaaa(b), bbbbbbbbbbb(c), dddddddddddd),\n    e,\n]\n"),
    ("a comprehension", "xxx = [aaaaaaaaaaaaaaaaa(b) for b in bbbbbbbbbbbbbbb(c) if cccccccccccc]\n"),
    ("a generator as argument", "xxxxxxxxxxxxxxx = any(aaaaaaaaaaaaaaaaaaaaaaaaa(b) for b in bbbbbbbbbbbb)\n"),
    ("an annotation", "xxx: Dict[aaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbb] = c\n"),
    ("a definition", "def fffffffffff(aaaaaaaaaaaa: int = 1, bbbbbbbbbb: str = 2) -> list[int]:\n    pass\n"),
    ("stars", "xxxxxxxxxxxxxxx = ffff(*aaaaaaaaaaaaaaaaaaaaaaaaa, **bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)\n"),
    ("a method of an element", "def f():\n    return aaaaaaaaaaaaaaaaaaaaa(b)[ccccccccccccccc].dddddddd(eeeeeeeeeee)\n"),
    ("a decorator", '@validator("aaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", mode="before", x=1)\ndef f():\n    pass\n'),
    ("a lambda", "xxxxxx = Field(default=lambda: aaaaaaaaaaaa.bbbbbbbbbbbbbbbb(c).dddddddddd(e=None))\n"),
    ("a coroutine", "async def f():\n    x = await asyncio.get_running_loop().run_in_executor(None, aaaaaaaaa)\n"),
    ("an assertion", 'assert user.model_dump() == {"id": 1, "name": "aaaaaaaaaaaaaaaaaaaaaaa"}\n'),
    ("a loop", "for name, value in updated_settings_of_all.model_dump(aaaaaaaa).items():\n    pass\n"),
    ("a comment behind it", "xxxxxxx = f(aaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbb)  # why\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "line"), LONG, ids=[case[0] for case in LONG])
def test_a_line_is_broken_as_the_formatter_breaks_it(title, line):
    result = broken("pass\n" * line.count("\n"), line)
    assert result != line
    assert result == formatted(line)
    assert broken(line, result) == result


PARTS = [
    (
        "a line that goes on in brackets",
        "x = aaaaaaaaaaaaaaaaaa.now(ttttttttttttt).replace(tzinfo=None) + timedelta(\n    minutes=1\n)\n",
        "x = aaaaaaaaaaaaaaaaaa.now(ttttttttttttt).replace(\n    tzinfo=None\n) + timedelta(\n    minutes=1\n)\n",
    ),
    (
        "a line that ends other brackets first",
        "x = f(\n    minutes=1\n).aaaaaaaaaaaaaaa(ttttttttttttt).replace(tzinfo=aaaaaaaa, second=0)\n",
        "x = f(\n    minutes=1\n).aaaaaaaaaaaaaaa(ttttttttttttt).replace(\n    tzinfo=aaaaaaaa, second=0\n)\n",
    ),
]


@pytest.mark.parametrize(("title", "long", "short"), PARTS, ids=[case[0] for case in PARTS])
def test_a_line_of_a_longer_statement_is_broken(title, long, short):
    assert broken("pass\n" * long.count("\n"), long) == short


LEFT = [
    ("too long before", "x = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbb)\n", "x = g(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbb)\n"),
    ("no brackets", "x\n", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"),
    ("a text", "x\n", 'x = "(aaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)"\n'),
    ("within a text over lines", "x\nx\nx\n", 'x = f"""\n{f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, b)} (bbbbbbbbbbbbbbbbbbb)\n"""\n'),
    ("a line that goes on", "x\nx\n", "x = \\\n    f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbb)\n"),
    ("tabs", "x\nx\n", "def f():\n\tx = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbb)\n"),
    ("nothing that would be shorter", "x\n", "x = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)\n"),
    ("what does not parse", "x\n", "x = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbb) y\n"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "before", "after"), LEFT, ids=[case[0] for case in LEFT])
def test_a_line_stays(title, before, after):
    assert broken(before, after) == after


BLACK = {"pyproject.toml": '[project]\ndependencies = ["pydantic>=2", "httpx"]\n[tool.black]\n'}
BY_CODEMOD = [
    (
        "renamed-arguments",
        "import httpx\n\n\ndef f():\n"
        '    with httpx.Client(base_url="http://testserver", app=application) as client:\n        pass\n',
        '    with httpx.Client(\n        base_url="http://testserver", transport=httpx.WSGITransport(app=application)\n'
        "    ) as client:\n",
    ),
    (
        "renamed-methods",
        "import logging\n\nlog = logging.getLogger()\n"
        'log.warn("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")\n',
        "log.warning(\n"
        '    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"\n)\n',
    ),
    (
        "pydantic-v2-api",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n\n"
        "def f(user: User):\n"
        '    return store(**user.dict(exclude={"project"}), project=the_project_of_the_user)\n',
        '    return store(\n        **user.model_dump(exclude={"project"}), project=the_project_of_the_user\n    )\n',
    ),
]


@pytest.mark.parametrize(("name", "code", "part"), BY_CODEMOD, ids=[case[0] for case in BY_CODEMOD])
def test_the_lines_of_any_codemod_are_broken(run, name, code, part):
    assert part in run(name, code, files=BLACK).after
    assert part not in run(name, code, files={"pyproject.toml": "[project]\n"}).after


def test_notes_give_the_lines_of_the_broken_file(run):
    """What is below a line that became several is told by the line where it is then."""
    code = (
        "import logging\n\nimport asyncio\n\nlog = logging.getLogger()\n\n\nasync def f():\n"
        "    aaaaaaaaaaaaaaaaa = await asyncio.get_event_loop().run_in_executor(None, log.warn_)\n\n\n"
        "def g():\n    asyncio.get_event_loop()\n"
    )
    outcome = run("running-loop", code, files=BLACK)
    line = outcome.after.splitlines().index("    asyncio.get_event_loop()") + 1
    assert line > 13
    assert outcome.notes.startswith(f"{line}: ")
