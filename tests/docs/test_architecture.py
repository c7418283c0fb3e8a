"""The page about the architecture names every folder, and nothing that is not there."""

import re
import runpy
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/architecture.md").read_text()


def test_the_table_of_folders_is_the_one_of_the_code():
    table = runpy.run_path(str(TOP / "docs/render_architecture.py"))["table"]()
    assert table in PAGE
    assert all(row.rpartition("|")[0].strip(" |") for row in table.splitlines())


def test_the_files_it_names_are_there():
    names = re.findall(r"`((?:gardener|hooks|bot|codemods|tests|docs)/[\w./]*)`", PAGE)
    assert len(names) > 20
    assert [name for name in names if not (TOP / name).exists()] == []


def test_contributing_and_the_index_lead_there():
    assert "docs/architecture.md" in (TOP / "CONTRIBUTING.md").read_text()
    assert "(architecture.md)" in (TOP / "docs/index.md").read_text()
