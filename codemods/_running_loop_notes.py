"""What `running-loop` tells of a file without coroutines that ask for the loop, asked of `ast`."""

from __future__ import annotations

import ast
from functools import lru_cache

from gardener.codemod.ast_names import AstNames
from gardener.codemod.by_ast import tree_of
from gardener.codemod.file_text import FileText, Remark
from gardener.codemod.project import Project
from gardener.codemod.protection import may_protect

OLD, NEW = "get_event_loop", "get_running_loop"
MEANINGS = {f"asyncio.{OLD}", f"asyncio.events.{OLD}"}
NO_LOOP = f"{OLD}() stays: no loop may run here"


@lru_cache(maxsize=1)  # asked of the file, then for libcst's tree
def notes_of(data: bytes, path: str, project: Project) -> list[Remark] | None:
    """All that there is to say of a file in which nothing changes; None where libcst has to look.

    Raises:
        gardener.codemod.file_text.Unparsable: nobody can tell what the file says.
    """
    text = FileText(data, path).data
    tree = tree_of(text)
    if tree is None or may_protect(text):
        return None
    names = AstNames(text, tree)
    remarks: list[Remark] = []
    for call in names.nodes:
        if not isinstance(call, ast.Call) or not _is_named(call) or call.args or call.keywords:
            continue
        meaning = names.meaning(call.func)
        if meaning is None:
            return None
        if meaning not in MEANINGS or project.is_beside("asyncio", path, text):
            continue
        is_in_text = any(isinstance(around, ast.JoinedStr) for around in names.around(call))
        if is_in_text or isinstance(names.function(call), ast.AsyncFunctionDef):
            return None
        remarks.append(Remark(call.end_lineno or 0, NO_LOOP))
    return remarks


def _is_named(call: ast.Call) -> bool:
    return OLD in (getattr(call.func, "attr", ""), getattr(call.func, "id", ""))
