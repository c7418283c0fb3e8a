"""The command `gardener config`: the settings in force, or their JSON Schema."""

from __future__ import annotations

import click

from gardener.errors import CLEAN


@click.command()
@click.option(
    "--schema", is_flag=True, help="Print the JSON Schema of [tool.gardener], for editors."
)
def config(schema: bool) -> int:
    """Show the settings in force, as TOML; what pyproject.toml does not set is marked."""
    if schema:
        import json

        from gardener.config.schema import schema as schema_of_settings

        click.echo(json.dumps(schema_of_settings(), indent=2))
        return CLEAN
    from gardener.config import load
    from gardener.config.listing import listing
    from gardener.git import find_root

    root = find_root()
    settings = load(root)
    path = root / "pyproject.toml"
    source = path.read_bytes() if path.is_file() else None
    click.echo(listing(settings, source), nl=False)
    return CLEAN
