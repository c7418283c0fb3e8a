"""docs/configuration.md names every setting, and only settings that exist."""

import re
from pathlib import Path

import pytest

from gardener.config import parse
from gardener.errors import ConfigError

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def known(toml: str) -> set[str]:
    """The keys that gardener itself lists when it refuses an unknown one."""
    with pytest.raises(ConfigError) as refused:
        parse(toml.encode(), Path())
    found = re.search(r"\(known: (.*)\)", str(refused.value))
    assert found, refused.value
    return set(found[1].split(", "))


WRONG = "qqqqqqqq = 1\n"
TABLES = {
    "[tool.gardener.record]": f"[tool.gardener.record]\n{WRONG}",
    "[tool.gardener.hook]": f"[tool.gardener.hook]\n{WRONG}",
    "[tool.gardener.focus.NAME]": f"[tool.gardener.focus.x]\n{WRONG}",
    "[tool.gardener.selection]": f"[tool.gardener.selection]\n{WRONG}",
    "[tool.gardener.codemods]": f"[tool.gardener.codemods]\n{WRONG}",
    "[tool.gardener.categories.ID]": f"[tool.gardener.categories.x]\n{WRONG}",
    "[tool.gardener.redaction]": f"[tool.gardener.redaction]\n{WRONG}",
    "[tool.gardener.run]": f"[tool.gardener.run]\n{WRONG}",
    "[tool.gardener.evidence]": f"[tool.gardener.evidence]\n{WRONG}",
    "[tool.gardener.github]": f"[tool.gardener.github]\n{WRONG}",
}


def rows(heading: str) -> set[str]:
    """The keys in the table of a section."""
    section = TEXT.split(f"## `{heading}`\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE))


def test_the_top_table_and_the_headings_name_every_key():
    tables = set(re.findall(r"^## .*", TEXT, re.MULTILINE))
    below = {
        key for heading in tables for key in re.findall(r"\[tool\.gardener\.([a-z-]+)", heading)
    }
    assert rows("[tool.gardener]") | below == known(f"[tool.gardener]\n{WRONG}")


@pytest.mark.parametrize("heading", TABLES)
def test_a_section_names_every_key(heading):
    assert rows(heading) == known(TABLES[heading])


def test_the_rules_in_lists_name_every_key():
    section = TEXT.split("## `[[tool.gardener.priority]]`")[1].split("\n## ")[0]
    found = set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE))
    assert found == known(f"[[tool.gardener.priority]]\n{WRONG}") | known(
        f"[[tool.gardener.impact]]\n{WRONG}"
    )
    section = TEXT.split("## `[tool.gardener.codemods]`")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z]+)`", section))
    assert named >= known(f"[[tool.gardener.codemods.deprecated-import]]\n{WRONG}")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_the_examples_are_understood_and_whole(example):
    config = parse(example.encode(), Path())
    assert config != parse(b"[tool.gardener]\n", Path()) or "hook" in example
