"""Tells at a glance that `gardener fix` has nothing to do, without the cost of the command.

Most runs in a hook end here. Importing click alone costs more than all of this.
"""

from __future__ import annotations

from collections.abc import Sequence

QUIET = {"--check", "--diff", "--unsafe"}
"""Options that do not matter, or are followed here, where nothing has to change."""


def nothing_to_do(arguments: Sequence[str]) -> bool:
    """Whether `gardener fix ARGUMENTS` would do and say nothing; False also where it is not plain."""
    paths = [argument for argument in arguments if not argument.startswith("-")]
    if any(option not in QUIET for option in arguments if option.startswith("-")):
        return False
    from gardener.codemod.discovery import choose, discover
    from gardener.codemod.project import Project
    from gardener.config import load
    from gardener.git import find_root

    from .find_files import inputs, sift

    try:
        root = find_root()
        config = load(root)
        unsafe = "--unsafe" in arguments
        codemods = choose(discover(config), (), config.codemods.skip, unsafe)
        sifted = sift(inputs(paths, root), codemods, Project(root, config, unsafe=unsafe))
    except Exception:  # whatever it is: the command meets it too, and says it as it should
        return False
    return not sifted.pending and not sifted.wrong
