"""Web pages and templates that nobody names: which code may read them by a computed name."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.model import Symbol

from .data_files import LISTING, last_names
from .file_kinds import PAGES
from .parse.summaries import Summaries
from .parse.summary import Definition

_READING = LISTING | {
    *("open", "read_text", "read_bytes", "read_binary", "open_text", "open_binary", "get_data"),
    *("readlines", "getlines", "joinpath", "as_file", "fromfile", "parse", "copy", "copyfile"),
    *("copytree", "make_archive", "goto", "SimpleHTTPRequestHandler"),
    *("send_file", "send_from_directory", "static_folder", "template_folder", "StaticFiles"),
    *("FileResponse", "Jinja2Templates", "TemplateResponse", "TemplateLookup", "TemplateLoader"),
    *("render", "render_async", "render_template", "render_template_string", "stream_template"),
    *("render_to_string", "render_to_response", "get_template", "select_template", "template"),
    *("template_name", "Template", "Environment", "SandboxedEnvironment", "FileSystemLoader"),
    *("PackageLoader", "ChoiceLoader", "PrefixLoader", "ModuleLoader", "setup_jinja2"),
    *("PageTemplateLoader", "PageTemplateFile", "add_static", "jinja_env", "jinja_loader"),
}
"""What reads files, or has an engine of templates read them."""
_BY_CONVENTION = frozenset(
    {
        *("django", "wagtail", "sphinx", "mkdocs", "tornado", "pyramid", "nbconvert", "web2py"),
        *("cherrypy", "turbogears", "masonite", "odoo", "frappe", "trac", "nikola", "pelican"),
    }
)
"""What finds pages by names that no code of the project says: `404.html`."""


def page_readers(paths: Iterable[str], summaries: Summaries) -> dict[str, list[Symbol]]:
    """Those of some files that are pages, each with all that may read it; none where any may."""
    pages = [path for path in paths if PAGES.fit(path)]
    if not pages:
        return {}
    if any(
        statement.module.partition(".")[0] in _BY_CONVENTION
        for _, summary in summaries.mentioning(sorted(_BY_CONVENTION))
        for statement in summary.imports
    ):
        return {}
    readers = [
        Symbol(file, definition.name)
        for file, summary in summaries.mentioning(sorted(_READING))
        for definition in summary.definitions
        if not _READING.isdisjoint(last_names(definition) - _of_code(definition))
    ]
    return dict.fromkeys(pages, readers)


def _of_code(definition: Definition) -> set[str]:
    """What is called like something that reads files, and does not: `ast.parse`."""
    return {"parse"} if "ast.parse" in definition.names else set()
