"""Reruns of failing tests at the head: alone and in the original order."""

from __future__ import annotations

from msgspec import structs

from gardener import status
from gardener.model import Failure, Report, Result
