"""One redactor for everything that leaves the process."""

from gardener.redaction.judgement import MASK
from gardener.redaction.redactor import Redactor, redact, use

__all__ = ["MASK", "Redactor", "redact", "use"]
