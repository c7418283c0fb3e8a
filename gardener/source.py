"""Where `Remark`, `Edit` and `Source` were: kept for the codemods that projects wrote then."""

from gardener.codemod.source import Edit, Remark, Source

__all__ = ["Edit", "Remark", "Source"]
