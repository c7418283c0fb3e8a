"""`[tool.gardener]` of pyproject.toml.

A no-op `gardener fix` must not import this, for msgspec costs more than its other work: it
takes what `hooks/fix/codemod_settings.py` remembers.
"""

from gardener.config.loading import Config, load, load_here, parse
from gardener.config.tables import (
    LEVELS,
    Area,
    CategoryRule,
    Codemods,
    Focus,
    FocusTable,
    GitHub,
    Hook,
    Impact,
    ImportRule,
    LabelRule,
    PriorityRule,
    Selecting,
    Settings,
)
from gardener.config.websocket import WEBSOCKET

__all__ = [
    "LEVELS",
    "WEBSOCKET",
    "Area",
    "CategoryRule",
    "Codemods",
    "Config",
    "Focus",
    "FocusTable",
    "GitHub",
    "Hook",
    "Impact",
    "ImportRule",
    "LabelRule",
    "PriorityRule",
    "Selecting",
    "Settings",
    "load",
    "load_here",
    "parse",
]
