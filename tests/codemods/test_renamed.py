"""renamed-arguments, renamed-methods, template-response: what changes, and what must not."""

import subprocess
import sys
import unittest
from pathlib import Path

import pytest
from gardener.codemods._renamed_methods import ALIASES

SQLALCHEMY = {"requirements.txt": "sqlalchemy==2.0.36\n"}
FASTAPI = {"requirements.txt": "fastapi==0.115.0\npydantic==2.9.2\nwebsockets==15.0\n"}
PAGES = "from starlette.templating import Jinja2Templates\n\npages = Jinja2Templates('x')\n"

CHANGED = [
    (
        "renamed-arguments",
        "through an alias",
        "import httpx as h\n\nc = h.Client(app=app)\n",
        "import httpx as h\n\nc = h.Client(transport=h.WSGITransport(app=app))\n",
    ),
    (
        "renamed-arguments",
        "in a with",
        "from httpx import ASGITransport, AsyncClient\n\n\nasync def f():\n"
        "    async with AsyncClient(app=app) as c:\n        await c.get('/')\n",
        "from httpx import ASGITransport, AsyncClient\n\n\nasync def f():\n"
        "    async with AsyncClient(transport=ASGITransport(app=app)) as c:\n        await c.get('/')\n",
    ),
    (
        "renamed-arguments",
        "by a name",
        "from websockets import connect\n\nconnect(u, extra_headers=h)\n",
        "from websockets import connect\n\nconnect(u, additional_headers=h)\n",
    ),
    (
        "renamed-methods",
        "a logger of an instance",
        "import logging\n\n\nclass A:\n    def __init__(self):\n        self.log = logging.getLogger('a')\n\n"
        "    def f(self):\n        self.log.warn('x')\n",
        "import logging\n\n\nclass A:\n    def __init__(self):\n        self.log = logging.getLogger('a')\n\n"
        "    def f(self):\n        self.log.warning('x')\n",
    ),
    (
        "renamed-methods",
        "a query over lines",
        "def f(db, n):\n    return (db.session.query(User)\n            .get(n))\n",
        "def f(db, n):\n    return (db.session.get(User, n))\n",
    ),
    (
        "renamed-methods",
        "a key over lines",
        "def f(session, n):\n    return session.query(User).get(\n        {'a': 1, 'b': n}  # both\n    )\n",
        "def f(session, n):\n    return session.get(\n        User, {'a': 1, 'b': n}  # both\n    )\n",
    ),
    (
        "renamed-methods",
        "a session called db",
        "def f(db: orm.Session):\n    return db.query(User).get(1)\n",
        "def f(db: orm.Session):\n    return db.get(User, 1)\n",
    ),
    (
        "renamed-methods",
        "a session called db in an attribute",
        "class A:\n    def __init__(self, db: Session):\n        self.db = db\n\n    def f(self, n):\n        return self.db.query(User).get(n)\n",
        "class A:\n    def __init__(self, db: Session):\n        self.db = db\n\n    def f(self, n):\n        return self.db.get(User, n)\n",
    ),
    (
        "template-response",
        "the last entry, with others behind",
        PAGES + "def f(request):\n    return pages.TemplateResponse('a', {'x': 1, 'request': request}, 404)\n",
        PAGES + "def f(request):\n    return pages.TemplateResponse(request, 'a', {'x': 1}, 404)\n",
    ),
    (
        "template-response",
        "an empty context in its place",
        PAGES + "def f(r):\n    return pages.TemplateResponse('a', {'request': r}, 404)\n",
        PAGES + "def f(r):\n    return pages.TemplateResponse(r, 'a', {}, 404)\n",
    ),
    (
        "template-response",
        "each argument on its line",
        PAGES + "def f(r):\n    return pages.TemplateResponse(\n        'a',\n        {'request': r, 'x': 1},\n    )\n",
        PAGES + "def f(r):\n    return pages.TemplateResponse(\n        r,\n        'a',\n        {'x': 1},\n    )\n",
    ),
    (
        "template-response",
        "all arguments on a line of their own",
        PAGES + "def f(r):\n    return pages.TemplateResponse(\n        'a', {'request': r, 'x': 1}\n    )\n",
        PAGES + "def f(r):\n    return pages.TemplateResponse(\n        r, 'a', {'x': 1}\n    )\n",
    ),
    (
        "template-response",
        "a context that others are taken into afterwards",
        PAGES + "def f(r, x):\n    return pages.TemplateResponse('a', {'request': r, **x})\n",
        PAGES + "def f(r, x):\n    return pages.TemplateResponse(r, 'a', {**x})\n",
    ),
    (
        "template-response",
        "attributes",
        PAGES + "class V:\n    t = Jinja2Templates('x')\n    def __init__(self):\n        self.u: Jinja2Templates = Jinja2Templates('x')\n"
        "    def f(self):\n        self.t.TemplateResponse('a', {'request': self.request})\n        self.u.TemplateResponse('a', {'request': self.request})\n",
        PAGES + "class V:\n    t = Jinja2Templates('x')\n    def __init__(self):\n        self.u: Jinja2Templates = Jinja2Templates('x')\n"
        "    def f(self):\n        self.t.TemplateResponse(self.request, 'a')\n        self.u.TemplateResponse(self.request, 'a')\n",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "title", "before", "after"), CHANGED, ids=[c[1] for c in CHANGED])
def test_changed(run, name, title, before, after):
    files = {"requirements.txt": SQLALCHEMY["requirements.txt"] + FASTAPI["requirements.txt"]}
    outcome = run(name, before, files=files)
    assert outcome.after == after, outcome.notes
    assert not run(name, after).changed


LEFT = [
    ("renamed-arguments", "another client", "from mine import Client\nClient(app=app)\n"),
    ("renamed-arguments", "a test client", "from starlette.testclient import TestClient\nTestClient(app=app)\n"),
    ("renamed-arguments", "the legacy client", "import websockets.client\nwebsockets.client.connect(u, extra_headers=h)\n"),
    ("renamed-arguments", "kept", "import httpx\nhttpx.Client(app=app)  # gardener: skip\n"),
    ("renamed-methods", "no class", "def f(self):\n    self.assertEquals(1, 1)\n"),
    ("renamed-methods", "a class without a base", "class A:\n    def f(self):\n        self.assertEquals(1, 1)\n"),
    ("renamed-methods", "the module warnings", "import warnings\nwarnings.warn('x')\n"),
    ("renamed-methods", "a name bound twice", "import logging\nlog = logging.getLogger()\nlog = mine()\nlog.warn('x')\n"),
    ("renamed-methods", "a dictionary", "def f(session):\n    return session.query('x').get('a', 1)\n"),
    ("renamed-methods", "a class of no tests", "from lib import Visitor\nclass A(Visitor):\n    def f(self):\n        self.assert_(1)\n"),
    ("renamed-methods", "another database", "def f(db):\n    return db.query(User).get(1)\n"),
    ("renamed-methods", "another object", "def f(client):\n    return client.query(User).get(1)\n"),
    ("template-response", "the new order", PAGES + "def f(request):\n    return pages.TemplateResponse(request, 'a')\n"),
    ("template-response", "an attribute that may be another one", PAGES + "class V:\n    t = Jinja2Templates('x')\n    def f(self, t):\n        self.t = t\n        self.t.TemplateResponse('a', {'request': 1})\n"),
    ("template-response", "another object", "def f(request):\n    return x.TemplateResponse('a', {'request': request})\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "title", "code"), LEFT, ids=[c[1] for c in LEFT])
def test_left_alone(run, name, title, code):
    files = {"requirements.txt": SQLALCHEMY["requirements.txt"] + FASTAPI["requirements.txt"]}
    outcome = run(name, code, files=files)
    assert outcome.after == code
    assert not outcome.remarks


CALL = "def f(request):\n    return pages.TemplateResponse(\n        'a',\n"
NOTED = [
    ("renamed-arguments", "import httpx\nc = httpx.Client(app=None)\n", "it may be None"),
    ("renamed-arguments", "import httpx\ndef f(app=None): return httpx.Client(app=app)\n", "it may be None"),
    ("renamed-arguments", "import httpx\nc = httpx.Client(app=app if test else None)\n", "it may be None"),
    ("renamed-methods", "def f(session):\n    return session.query(  # all\n        User\n    ).get(1)\n", "a comment"),
    ("template-response", f"{PAGES}pages.TemplateResponse('a', {{'request': x, 'request': y}})\n", "not written out with its request"),
    ("template-response", f"{PAGES}pages.TemplateResponse('a', {{**x, 'request': y}})\n", "not written out with its request"),
    ("template-response", f"{PAGES}pages.TemplateResponse(name(), {{'request': request()}})\n", "is made in the context"),
    ("template-response", f"{PAGES}{CALL}        {{\n            'request': request,  # why\n            # who\n            'user': 1,\n        }},\n    )\n", "a comment"),
    ("template-response", f"{PAGES}{CALL}        {{'request': request}},  # context\n        status_code=404,\n    )\n", "a comment"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "code", "note"), NOTED)
def test_left_alone_with_a_note(run, name, code, note):
    files = {"requirements.txt": SQLALCHEMY["requirements.txt"] + FASTAPI["requirements.txt"]}
    outcome = run(name, code, files=files)
    assert outcome.after == code
    assert note in outcome.notes


def test_a_comment_beside_what_changes_keeps_nothing_away(run):
    call = f"{PAGES}{CALL}        {{\n            # who\n            'user': 1,\n            'request': request,\n        }},  # c\n    )\n"
    after = run("template-response", call, files=FASTAPI).after
    assert "        request,\n        'a',\n" in after
    assert "# who\n            'user': 1,\n        },  # c\n" in after


@pytest.mark.parametrize(
    "own",
    [
        "    def failUnlessRaises(self, kind, call): ...\n",
        "    def assertRaises(self, kind, call): ...\n\n    failUnlessRaises = assertRaises\n",
        "    x = failUnlessRaises = assertRaises\n",
    ],
)
def test_an_alias_of_the_project_s_own_test_case_stays(run, own):
    code = "class T(TestCase):\n    def test(self):\n        self.failUnlessRaises(OSError, f)\n"
    files = {"cases.py": f"class TestCase:\n{own}"}
    assert not run("renamed-methods", code, files=files).changed
    assert run("renamed-methods", code, files={"cases.py": ""}).changed


def test_queries_with_a_get_of_their_own_stay(run):
    """Rows marked as deleted are left out by a `get` that the session's does not call."""
    own = "class Alive(BaseQuery):\n    x = 1\n\n    def get(self, key):\n        return None\n"
    code = "def f(session):\n    return session.query(User).get(1)\n"
    outcome = run("renamed-methods", code, files={**SQLALCHEMY, "app/queries.py": own})
    assert not outcome.changed
    assert "app/queries.py may give queries a get() of its own" in outcome.notes
    other = own.replace("BaseQuery", "Resource")
    assert run("renamed-methods", code, files={**SQLALCHEMY, "app/queries.py": other}).changed


@pytest.mark.parametrize(
    ("pages", "changed"),
    [
        (PAGES, True),
        ("import fastapi.templating as t\n\npages = t.Jinja2Templates('x')\n", True),
        ("from fastapi.templating import Jinja2Templates as T\n\npages = T('x')\n", True),
        ("from app.ours import Jinja2Templates\n\npages = Jinja2Templates('x')\n", True),
        ("from mine import OurJinja2Templates\n\npages = OurJinja2Templates('x')\n", False),
        ("from mine import Jinja2Templates\n\npages = Jinja2Templates('x')\n", False),
    ],
)
def test_templates_of_another_file(run, pages, changed):
    code = "from app.pages import pages\ndef f(request):\n    return pages.TemplateResponse('a', {'request': request})\n"
    ours = "from fastapi.templating import Jinja2Templates\n"
    files = {**FASTAPI, "app/__init__.py": "", "app/pages.py": pages, "app/ours.py": ours}
    outcome = run("template-response", code, path="app/views.py", files=files)
    assert ("TemplateResponse(request, 'a')" in outcome.after) is changed
    assert outcome.changed is changed


def test_a_mocked_logger(run):
    code = "import logging\nlog = logging.getLogger()\nlog.warn('x')\n"
    outcome = run("renamed-methods", code, files={"test_it.py": "m.warn.assert_called_once()\n"})
    assert outcome.after == code
    assert "test_it.py may mock it" in outcome.notes
    # What mocks the function that warns mocks no logger.
    warned = "patch('warnings.warn')\nwarnings.warn.assert_called_once()\n"
    assert run("renamed-methods", code, files={"test_it.py": warned}).changed


def test_all_aliases_of_unittest_lead_to_methods_that_are_there(run):
    for old, new in ALIASES.items():
        assert hasattr(unittest.TestCase, new)
        code = f"class T(Base):\n    def test(self):\n        self.{old}(1, 1)\n"
        assert run("renamed-methods", code).after == code.replace(old, new)


HTTPX = """
import asyncio, httpx
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
async def main():
    async with httpx.AsyncClient(app=app, base_url="http://test") as client:
        print((await client.get("/")).status_code)
asyncio.run(main())
"""


def test_an_application_under_test_answers_after_the_change(run, tmp_path):
    """With the httpx that is here, which has no `app=` any more, or warns of it."""
    pytest.importorskip("httpx")
    outcome = run("renamed-arguments", HTTPX, path="ask.py")
    assert outcome.changed
    (tmp_path / "ask.py").write_text(outcome.after)
    command = [sys.executable, "-W", "error::DeprecationWarning", str(Path(tmp_path, "ask.py"))]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "204\n"
