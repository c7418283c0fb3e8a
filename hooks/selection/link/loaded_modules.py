"""Edges for modules that code loads by their names: strings, settings, entry points."""

from __future__ import annotations

from gardener.model import Symbol
from gardener.modules.search_path import encloses
from gardener.pytest_config.entry_points import COMMANDS

from ..parse.summary import COMPUTED_COMMAND, Definition, Summary
from .chains import Chains
from .context import Context
from .django_requests import ON_REQUEST, URLS
from .facts import files_in
from .imports import named_modules, script_paths, scripts_by_part
from .mentions import LOADS_FILES, loads_files
from .nodes import LOADING, ImportedModule, Node, module_value, script, script_named

_ENTRY_POINT_LOADERS = {"entry_points", "iter_entry_points", "load_entry_point", "get_entry_info", "ExtensionManager",
            "DriverManager", "NamedExtensionManager", "HookManager"}  # fmt: skip
LOADS_SPECS = ("module_from_spec", "exec_module", "load_module")
"""What makes a module of what `find_spec` finds."""
_DJANGO_SETTINGS = ("INSTALLED_APPS", URLS)
_MARKERS = frozenset({"pyproject.toml", "setup.cfg", "tox.ini", "requirements.txt", "Pipfile",
                      "package.json", "Cargo.toml", "go.mod", "poetry.lock"})  # fmt: skip
"""Files that lie where a project begins."""
_OF_APPLICATION = ("apps", "models", "admin", "signals", "urls", "checks", "translation")
_IN_APPLICATION = ("templatetags", "migrations")
"""Packages of an application whose modules Django finds by listing them."""
_COMMANDS = "management/commands"


class LoadedModules:
    """Adds edges to the modules, and what is in them, that strings name."""

    def __init__(self, context: Context, chains: Chains) -> None:
        self.context = context
        self.chains = chains
        self.definitions = context.definitions
        self.modules = context.modules

    def link_loading(self, path: str, summary: Summary) -> None:
        """Let what may load modules by their paths lead to those of which strings say a part."""
        if any(name in self.context.mentioned for name in LOADS_FILES):
            self.context.need(script(path), Symbol(path, ""))
            self.context.need(script(path), module_value(path))
            for name in loads_files(summary):
                self.context.need(Symbol(path, name), LOADING)

    def link_strings(self, symbol: Symbol, definition: Definition) -> None:
        """Let a symbol depend on the modules that its strings name."""
        path, mentioned = symbol.file, self.context.mentioned
        loads_specs = any(name in mentioned for name in LOADS_SPECS)
        for name in definition.dynamic_imports:
            self._link_named(symbol, name, as_value=True)
        if "*" in definition.dynamic_imports:
            self._link_walked(symbol, definition)
        if any(chain.rpartition(".")[2] == "call_command" for chain in definition.names):
            self._link_commands(symbol, definition)
        for name in definition.spec_lookups:
            self._link_named(symbol, name, as_value=loads_specs)
        on_request = self._read_on_request(path) if not definition.name else frozenset()
        for text in definition.strings.dotted:
            if text not in on_request and not self._is_marker(path, definition, text):
                self.link_dotted(symbol, path, text.replace(":", "."))
        scripts = [
            file
            for text in definition.strings.texts
            if text.endswith(".py")
            for file in script_paths(text, self.modules)
        ]
        is_run = "exec" in mentioned and any(
            text.endswith((".py", "*.py*")) for text in definition.strings.texts
        )
        if is_run or any(name in mentioned for name in LOADS_FILES):
            texts = (*definition.strings.texts, *definition.strings.identifiers)
            for folder, files in scripts_by_part(texts, self.modules).items():
                self.definitions.facts.add(files_in(folder))
                for file in files:
                    self.context.need(symbol, script_named(file))
        for file in scripts:
            self.context.need(symbol, Symbol(file, ""))
            self.context.need(symbol, module_value(file))
        if self.context.layout.entry_points:
            self._link_entry_points(symbol, definition)

    def _is_marker(self, path: str, definition: Definition, text: str) -> bool:
        """Whether a bare name only tells where a project begins, and does not mean a script elsewhere.

        So it is beside others that do (`pyproject.toml`, `setup.py`), where no string of the file
        says the folder of the script, and that is not around the file.
        """
        strings, folder = definition.strings, path.rpartition("/")[0]
        if not text.endswith(".py") or _MARKERS.isdisjoint(strings.all()):
            return False
        places = [
            f.rpartition("/")[0] for f in self.modules.resolve(text.removesuffix(".py"), folder)
        ]
        names = {place.rpartition("/")[2] for place in places}
        return not any(encloses(place, folder) for place in places) and not any(
            name in said for name in names for said in self.context.summaries[path].texts
        )

    def _link_named(self, symbol: Symbol, name: str, *, as_value: bool) -> None:
        """Let a symbol depend on the modules of a name, which it may know in part only."""
        for file in named_modules(name, symbol.file, self.modules):
            self.context.need_module(symbol, file)
            if as_value:
                self.context.need(symbol, module_value(file))

    def _link_walked(self, symbol: Symbol, definition: Definition) -> None:
        """The modules below a package that is walked: `walk_packages(package.__path__)`."""
        for chain in definition.names:
            if not chain.endswith(".__path__"):
                continue
            package = chain.removesuffix(".__path__")
            for target in self.context.classes.resolve(symbol.file, package).targets:
                if isinstance(target, ImportedModule):
                    self._link_named(symbol, f"{target.name}.*", as_value=True)

    def _link_commands(self, symbol: Symbol, definition: Definition) -> None:
        """The commands of Django applications that are called: those that a string names.

        All of them where a name is computed, and no string is one.
        """
        files = [
            file
            for folder in self.modules.folders_like(_COMMANDS)
            for file in self.modules.by_folder.get(folder, ())
        ]
        strings = definition.strings
        said = (*strings.identifiers, *strings.commands)
        named = [f for f in files if f.rpartition("/")[2].removesuffix(".py") in said]
        if COMPUTED_COMMAND in strings.commands or not strings.commands:
            named = named or files
        for file in named:
            self._link_all(symbol, file)

    def _link_all(self, symbol: Symbol, file: str) -> None:
        """Let a symbol depend on a module and all that it defines: a framework calls it."""
        self.context.need_module(symbol, file)
        for name in self.definitions.of(file):
            self.context.need(symbol, Symbol(file, name))

    def _link_entry_points(self, symbol: Symbol, definition: Definition) -> None:
        """Commands of the project that are started, and what is loaded by its group."""
        entry_points = self.context.layout.entry_points
        started = {command.rpartition("/")[2] for command in definition.strings.commands}
        names = {part for chain in definition.names for part in chain.split(".")}
        loads = not _ENTRY_POINT_LOADERS.isdisjoint((*names, *definition.attributes.names))
        groups = {*definition.strings.identifiers, *definition.strings.dotted} & {
            e.group for e in entry_points
        }
        for point in entry_points:
            loaded = loads and (point.group in groups or not groups)
            if loaded or (point.group in COMMANDS and point.name in started):
                self.link_dotted(symbol, f"{point.folder}/", point.target.replace(":", "."))

    def link_dotted(self, node: Node, path: str, text: str) -> None:
        """Let a node depend on what a dotted name in a string means: a module, or what is in it."""
        parts = text.split(".")
        folder = path.rpartition("/")[0]
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            files = self.modules.resolve(name, folder)
            if end < len(parts) and parts[end] != "py":
                files = self.context.names.holding(files, name, parts[end])
            for file in files:
                self.context.need_module(node, file)
                if end < len(parts) and parts[end:] != ["py"]:  # else it names all of the file
                    self.chains.link(node, file, ".".join(parts[end:]))
                else:
                    self._link_value(node, file)
            if files:
                return

    def _link_value(self, node: Node, file: str) -> None:
        """Let a node depend on a module as a value, and on the routes that Django looks up in it."""
        self.context.need(node, module_value(file))
        if self.definitions.get(file, "urlpatterns") is not None:
            self.context.need(node, Symbol(file, "urlpatterns"))

    def link_settings(self, path: str) -> None:
        """Let a module of Django settings depend on what Django loads for it, and reads in it."""
        module = Symbol(path, "")
        urls = Symbol(path, URLS)
        for name in _DJANGO_SETTINGS:
            setting = self.definitions.get(path, name)
            if setting is not None:
                self._link_setting(urls if name == URLS else module, setting)
        names = self.definitions[path]
        if path in self.context.plugins.files or any(n in names for n in _DJANGO_SETTINGS):
            on_request = ON_REQUEST if URLS in names else ()
            for name in names:
                if name.isupper():  # read by name, by Django itself
                    self.context.need(urls if name in on_request else module, Symbol(path, name))
            if on_request:
                self.context.need(module, module_value(path))

    def _read_on_request(self, path: str) -> frozenset[str]:
        """What settings say that Django reads only where something asks for a URL."""
        if self.definitions.get(path, URLS) is None:
            return frozenset()
        settings = (self.definitions.get(path, name) for name in ON_REQUEST)
        return frozenset(text for setting in settings if setting for text in setting.strings.dotted)

    def _link_setting(self, symbol: Symbol, setting: Definition) -> None:
        """What Django loads for a setting: its applications with what belongs to them, its urls."""
        for name in (*setting.strings.identifiers, *setting.strings.dotted):
            self.link_dotted(symbol, symbol.file, name)
            if setting.name == "INSTALLED_APPS":
                self._link_application(symbol, name.partition(".apps.")[0])

    def _link_application(self, module: Symbol, name: str) -> None:
        """What Django loads for an application, by its name, and what it finds in packages of it."""
        folder = module.file.rpartition("/")[0]
        urls = Symbol(module.file, URLS)
        asked = urls if self.definitions.get(*urls) is not None else module
        for part in _OF_APPLICATION:
            for file in self.modules.resolve(f"{name}.{part}", folder):
                self.context.need(asked if part == "urls" else module, Symbol(file, ""))
                for defined in self.definitions.of(file) if part == "apps" else ():
                    self.context.need(module, Symbol(file, defined))
        for part in _IN_APPLICATION:
            for package in self.modules.resolve(f"{name}.{part}", folder):
                for file in self.modules.by_folder.get(package.rpartition("/")[0], ()):
                    self._link_all(module, file)
