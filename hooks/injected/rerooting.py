"""Installed as `sitecustomize`: a Python of one work tree imports another one's modules.

An editable installation names the user's work tree, in `sys.path` (through a `.pth` file)
or in a finder. When tests of the base run in a worktree of their own, both must lead
there. Standard library only, Python 3.8+: this runs in the user's interpreter, at the
start of every process that the tests start.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def reroot(old: str, new: str) -> None:
    """Point `sys.path` and the finders of editable installations from `old` to `new`."""
    apart = tuple(
        os.path.realpath(one) + os.sep
        for one in (sys.prefix, sys.base_prefix)
        if os.path.realpath(one) != old
    )

    def moved(path: Any) -> str | None:
        if not isinstance(path, (str, os.PathLike)) or not str(path):
            return None
        full = os.path.realpath(str(path))
        if full != old and not full.startswith(old + os.sep):
            return None
        parts = full.split(os.sep)
        # Gardener's own store lies in `.git`.
        if (full + os.sep).startswith(apart) or "site-packages" in parts or ".git" in parts:
            return None
        return new + full[len(old) :]

    sys.path[:] = [moved(path) or path for path in sys.path]
    for finder in list(sys.meta_path):
        # setuptools: `MAPPING = {"pkg": "/src/tree/pkg"}`, `NAMESPACES = {"ns": [...]}`.
        module = sys.modules.get(getattr(finder, "__module__", None) or type(finder).__module__)
        for name in ("MAPPING", "NAMESPACES"):
            table = getattr(module, name, None)
            if isinstance(table, dict):
                _move_values(table, moved)
        # scikit-build-core: `known_source_files = {"pkg.mod": "/src/tree/pkg/mod.py"}`.
        table = getattr(finder, "known_source_files", None)
        if isinstance(table, dict):
            _move_values(table, moved)


def _move_values(table: Any, moved: Any) -> None:
    for key, value in list(table.items()):
        if isinstance(value, list):
            value[:] = [moved(one) or one for one in value]
        else:
            table[key] = moved(value) or value


def _go_on() -> None:
    """Run the `sitecustomize` that this file hides, if there is one."""
    from importlib.machinery import PathFinder

    here = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        spec.loader.exec_module(module_from_spec(spec))


if __name__ == "sitecustomize":
    if os.environ.get("GARDENER_FROM") and os.environ.get("GARDENER_TO"):
        reroot(os.environ["GARDENER_FROM"], os.environ["GARDENER_TO"])
    _go_on()
