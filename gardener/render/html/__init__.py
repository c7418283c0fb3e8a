"""The HTML page of a finished run: one file, nothing fetched, no script but its own."""

from gardener.render.html.page import Extras, PatchPreview, render

__all__ = ["Extras", "PatchPreview", "render"]
