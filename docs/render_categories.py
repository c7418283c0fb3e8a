"""Writes docs/categories.md from the built-in table: `python docs/render_categories.py`."""

from pathlib import Path

from gardener.diagnosis.categories import BUILT_IN, Category

PAGE = Path(__file__).with_name("categories.md")
HEAD = """# Categories

What a failure can be. The first category of this list that recognises a failure gives it
its name, its priority and its next step; `gardener categories` prints the list,
`gardener categories ID` one of them. Written by `docs/render_categories.py`; each example
is run by a test, which holds that it is recognised.

Change or add one in `pyproject.toml`; a category of your own is asked before the built-in
ones:

```toml
[tool.gardener.categories.stale-token]
types = ["TokenError"]          # exception types, last name or qualified
message = "expired|revoked"     # a regular expression searched in the message
priority = "P0"
explanation = "A token of the test account is stale."
next-step = "Renew the token."

[tool.gardener.categories.timeout]
priority = "P2"
```

| category | kind | priority | what it is |
|---|---|---|---|
"""


def section(row: Category) -> str:
    """One category."""
    step = row.next_step.replace("`{symbol}`", "the symbol that the finding names")
    lines = [
        f"## {row.id}",
        "",
        row.explanation,
        "",
        f"- Kind: {row.kind}; priority {row.priority}",
    ]
    lines.append(f"- Next step: {step}")
    if row.codemod:
        lines.append(f"- Codemod: `gardener fix --only {row.codemod}`")
    if row.local:
        lines.append("- The cause is the machine, not the code: the bot opens no issue.")
    if row.example:
        lines += ["", "```python", row.example.rstrip(), "```"]
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    rows = "\n".join(
        f"| [{row.id}](#{row.id}) | {row.kind} | {row.priority} | {row.explanation} |"
        for row in BUILT_IN
    )
    return HEAD + rows + "\n\n" + "\n\n".join(section(row) for row in BUILT_IN) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
