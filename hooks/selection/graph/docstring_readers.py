"""Which tests may read a docstring that changed."""

from __future__ import annotations

from collections.abc import Iterable

from ..link.nodes import ANY_MODULE, DOC, OWN_DOC, Node, doc_of, say, value_of
from .graph import CLASS, Net
from .reach import Reach, reach


def readers(net: Net, documented: Iterable[Node]) -> dict[Node, str]:
    """The tests that reach one of these symbols and something that may read its docstring.

    A module's is read by `__doc__` in the module itself, and by `x.__doc__` where the module
    is passed around as a value or looked up by a name; a class's also by `self.__doc__`.
    """
    every = sorted(documented)
    if not every:
        return {}
    ends = {DOC, OWN_DOC, ANY_MODULE, *every, *map(doc_of, every)}
    ends.update(value_of(path) for path, name in every if not name)
    found = reach(net, ends)
    told: dict[Node, str] = {}
    for node in every:
        why = f"the docstring of {say(node).removeprefix('import of ')} changed, which it may read"
        told.update(
            (test, why) for test in found.names(_read(net, found, node)) if test not in told
        )
    return told


def _read(net: Net, found: Reach, node: Node) -> int:
    """The tests that may read one docstring, as bits."""
    reached = found.tests([node])
    if not node[1]:
        as_value = found.tests([value_of(node[0]), ANY_MODULE])
        return reached & (found.tests([doc_of(node)]) | (found.tests([DOC]) & as_value))
    is_class = net.about(net.id(node))[0] == CLASS
    return reached & found.tests([DOC, OWN_DOC, doc_of(node)] if is_class else [DOC])
