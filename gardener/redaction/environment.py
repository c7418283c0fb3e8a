"""The values of environment variables that hold secrets: whatever they look like, they are known."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gardener.redaction.judgement import has_digit_and_letter, is_path, is_placeholder
from gardener.redaction.names import Kind, kind_of

_IN_URL = re.compile(r"://[^\s/@:]*:([^\s@]+)@")
_COMMON = frozenset(
    [
        "password",
        "passwd",
        "secret",
        "postgres",
        "postgresql",
        "admin",
        "root",
        "guest",
        "test",
        "testing",
        "tests",
        "user",
        "mysql",
        "redis",
        "rabbitmq",
        "changeme",
        "default",
        "example",
        "dummy",
        "development",
        "local",
        "localhost",
    ]
)


def secret_values(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Literal secrets of an environment, the longest first.

    A word that texts are full of (`postgres` as the password of a service in CI) is none.
    """
    values = set()
    for name, value in environment.items():
        values.update(_IN_URL.findall(value))
        kind = kind_of(name)
        if kind is not None and _tells(value, kind):
            values.add(value)
    usable = (value for value in values if len(value) >= 6 and value.lower() not in _COMMON)
    return tuple(sorted(usable, key=len, reverse=True))


def _tells(value: str, kind: Kind) -> bool:
    if is_path(value) or is_placeholder(value) or value.isdigit() or "://" in value:
        return False
    return kind in (Kind.PASSWORD, Kind.SECRET) or has_digit_and_letter(value) or len(value) >= 16
