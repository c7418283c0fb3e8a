"""Give the request first: `TemplateResponse(request, "page.html", {...})`.

Starlette 0.29 (FastAPI 0.108) takes the request as the first argument and puts it into the
context by itself; the old order (`TemplateResponse("page.html", {"request": request})`) is
deprecated. Only calls on what `Jinja2Templates(...)` made, in this file or in another one of the
project, or what `self` and `cls` are given in the file, and only where the context is written out with its
request; a note names the others.

See https://www.starlette.io/templates/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._template_response:TemplateResponse"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (b"TemplateResponse",)
_FASTAPI = {"requirements.txt": "fastapi>=0.110\n"}
_HEAD = 'from fastapi.templating import Jinja2Templates\n\npages = Jinja2Templates("pages")\n\n\n'
EXAMPLES = (
    Example(
        "the request comes first",
        _HEAD + "def page(request):\n"
        '    return pages.TemplateResponse("a.html", {"request": request, "x": 1}, status_code=404)\n',
        _HEAD + "def page(request):\n"
        '    return pages.TemplateResponse(request, "a.html", {"x": 1}, status_code=404)\n',
        files=_FASTAPI,
    ),
    Example(
        "nothing else in the context",
        _HEAD
        + 'def page(request):\n    return pages.TemplateResponse("a.html", {"request": request})\n',
        _HEAD + 'def page(request):\n    return pages.TemplateResponse(request, "a.html")\n',
        files=_FASTAPI,
    ),
    Example(
        "by names",
        _HEAD + "def page(request):\n"
        '    return pages.TemplateResponse(name="a.html", context={"request": request, "x": 1})\n',
        _HEAD + "def page(request):\n"
        '    return pages.TemplateResponse(request=request, name="a.html", context={"x": 1})\n',
        files=_FASTAPI,
    ),
    Example(
        "a context that is made elsewhere",
        _HEAD
        + 'def page(request, context):\n    return pages.TemplateResponse("a.html", context)\n',
        files=_FASTAPI,
        note="context is not written out",
    ),
    Example(
        "an older Starlette",
        _HEAD
        + 'def page(request):\n    return pages.TemplateResponse("a.html", {"request": request})\n',
        files={"requirements.txt": "starlette==0.27.0\n"},
    ),
)


def shape(project: Project) -> str:
    """What a line of a file looks like that may have to change."""
    del project
    return r"[.]TemplateResponse[(]"


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file calls something of that name."""
    del path, project
    return b".TemplateResponse(" in data
