"""Which deprecations are mended, and how, is what the table in docs/codemods.md says."""

import re
from pathlib import Path

import pytest

from gardener.codemod.discovery import discover
from gardener.config import Config

PAGE = (Path(__file__).parents[2] / "docs" / "codemods.md").read_text(encoding="utf-8")
ROWS = {
    name: (how, codemod)
    for name, how, codemod in re.findall(
        r"^\| ([^|]+) \| (by default|with an option|noted) \| ([\w-]+) \|$", PAGE, re.MULTILINE
    )
}
DATETIME = "from datetime import datetime\n\n"
MODEL = "from pydantic import BaseModel\n\n\nclass M(BaseModel):\n    x: int\n\n\n"
PAGES = "from fastapi.templating import Jinja2Templates\n\npages = Jinja2Templates('x')\n"
PROJECT = {
    "pyproject.toml": '[project]\nrequires-python = ">=3.12"\n',
    "requirements.txt": "pydantic==2.9.2\npydantic-settings==2.6\nfastapi==0.115.0\nstarlette==0.40.0\n"
    "websockets==15.0.1\nsqlalchemy==2.0.36\nredis==5.2.1\naioredis==2.0.1\npython-multipart==0.0.20\n"
    "pytest-asyncio==0.24.0\nhttpx==0.28.0\n",
}
SAMPLES = {
    "`datetime.utcnow()`": f"{DATETIME}x = datetime.utcnow()\n",
    "`datetime.utcfromtimestamp()`": f"{DATETIME}x = datetime.utcfromtimestamp(1)\n",
    "`class Config`": f"{MODEL}class N(M):\n    class Config:\n        frozen = True\n",
    "`.dict()`, `.json()`, `parse_obj()`": f"{MODEL}x = M.parse_obj({{'x': 1}}).dict()\n",
    "`@validator`, `@root_validator`": "from pydantic import BaseModel, validator\n\n\nclass M(BaseModel):\n"
    "    x: int\n\n    @validator('x')\n    def f(cls, v):\n        return v\n",
    "`update_forward_refs()`": f"{MODEL}M.update_forward_refs()\n",
    "`from_orm()`, `parse_raw()`, `__fields__`": f"{MODEL}x = M.parse_raw('{{}}'), M.__fields__\n",
    "`Field(const=True)`": "from pydantic import BaseModel, Field\n\n\nclass M(BaseModel):\n"
    "    x: str = Field('a', const=True)\n",
    "`pydantic.BaseSettings`": "from pydantic import BaseSettings\n",
    "`Field(min_items=, regex=)`": "from pydantic import Field\n\nx = Field(min_items=1)\n",
    "`websockets.legacy`": "import websockets.legacy.client\n",
    "`websockets.client.connect`, `websockets.server.serve`": "from websockets.client import connect\n",
    "`WebSocketServerProtocol` in annotations": "import websockets\n\n\ndef f(s: websockets.WebSocketServerProtocol): ...\n",
    "`connect(extra_headers=)`": "import websockets\n\nx = websockets.connect('u', extra_headers=h)\n",
    '`app.on_event("startup")`': "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.on_event('startup')\ndef f(): ...\n",
    '`TemplateResponse(name, {"request": request})`': f"{PAGES}\n\ndef f(r):\n    return pages.TemplateResponse('a', {{'request': r}})\n",
    "`WSGIMiddleware`": "from fastapi.middleware.wsgi import WSGIMiddleware\n",
    "`httpx.Client(app=)`": "import httpx\n\nx = httpx.Client(app=app)\n",
    "`sqlalchemy.ext.declarative.declarative_base`": "from sqlalchemy.ext.declarative import declarative_base\n",
    "`session.query(Model).get(key)`": "def f(session):\n    return session.query(User).get(1)\n",
    "`pkg_resources`": "import pkg_resources\n\nx = pkg_resources.get_distribution('a').version\n",
    "`imp`": "import imp\n\nimp.reload(m)\n",
    "`distutils`": "from distutils.version import LooseVersion\n",
    "`asyncio.get_event_loop()`": "import asyncio\n\n\nasync def f():\n    return asyncio.get_event_loop()\n",
    "`asyncio.iscoroutinefunction`": "import asyncio\n\nx = asyncio.iscoroutinefunction(f)\n",
    "`@asyncio.coroutine`": "import asyncio\n\n\n@asyncio.coroutine\ndef f():\n    yield from g()\n",
    "`threading.currentThread()`": "import threading\n\nthreading.currentThread()\n",
    "`logging.warn()`, `logger.warn()`": "import logging\n\nlog = logging.getLogger()\nlog.warn('x')\n",
    "`collections.Mapping`": "from collections import Mapping\n",
    "`assertEquals()`": "import unittest\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEquals(1, 1)\n",
    "the fixture `event_loop`": "import pytest\n\n\n@pytest.fixture\ndef event_loop():\n    yield\n",
    "`aioredis`": "import aioredis\n\nx = aioredis.from_url('u')\n",
    "`multipart` for `python_multipart`": "from multipart import parse_form\n",
    "`jose`": "from jose import jwt\n",
}  # fmt: skip


def test_the_table_and_the_samples_are_of_the_same_deprecations():
    assert set(ROWS) == set(SAMPLES)
    assert sum(how == "by default" for how, _ in ROWS.values()) >= 20


def test_the_page_says_of_each_that_is_only_noted_why_and_where_that_is_told():
    reasons = dict(
        re.findall(r"^\| ([^|]+) \| ([^|]+: \[[^]]+\]\(https://\S+\)) \|$", PAGE, re.MULTILINE)
    )
    assert set(reasons) == {name for name, (how, _) in ROWS.items() if how == "noted"}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_the_table_is_true(run, name):
    how, codemod = ROWS[name]
    outcome = run(codemod, SAMPLES[name], files=PROJECT)
    assert outcome.changed is (how != "noted"), outcome.notes
    if how == "noted":
        assert outcome.notes
    runs_by_itself = discover(Config(Path.cwd()))[codemod].default
    assert runs_by_itself is (how != "with an option")
