"""What a process does that works for another one: it ends with that one."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess


def end_with_parent() -> None:
    """See to it that this process ends with the one that started it, however that ends.

    A copy of a process holds both ends of the pipe that its work comes through: it would wait for ever.
    """
    from multiprocessing import parent_process  # late: only a worker needs it

    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
