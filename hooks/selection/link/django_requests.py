"""Which code may ask a Django project for a URL: only that runs its views and its middleware."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from gardener.model import Symbol

from ..parse.summary import Definition, Summary
from .classes import BUILTIN, is_quiet
from .context import Context
from .nodes import attribute

URLS = "ROOT_URLCONF"
ON_REQUEST = (URLS, "MIDDLEWARE", "MIDDLEWARE_CLASSES", "WSGI_APPLICATION", "ASGI_APPLICATION")
"""Settings that Django reads only where something asks for a URL."""
_ASKING_NOTHING = frozenset({
    "django.VERSION", "django.apps", "django.conf", "django.db", "django.dispatch", "django.http",
    "django.setup", "django.utils", "django.core.cache", "django.core.exceptions",
    "django.core.files", "django.core.mail", "django.core.management.base",
    "django.core.paginator", "django.core.serializers", "django.core.signals",
    "django.core.signing", "django.core.validators", "django.contrib.auth.authenticate",
    "django.contrib.auth.base_user", "django.contrib.auth.get_user_model",
    "django.contrib.auth.hashers", "django.contrib.auth.models",
    "django.contrib.auth.password_validation", "django.contrib.auth.tokens",
    "django.contrib.contenttypes", "django.contrib.postgres", "django.contrib.sites.models",
    "django.test.AsyncRequestFactory", "django.test.RequestFactory", "django.test.SimpleTestCase",
    "django.test.TestCase", "django.test.TransactionTestCase",
    "django.test.client.AsyncRequestFactory", "django.test.client.RequestFactory",
    "django.test.modify_settings", "django.test.override_settings",
    "django.test.skipUnlessDBFeature", "django.test.tag", "django.test.testcases.TestCase",
    "django.test.testcases.TransactionTestCase", "django.test.utils", "django.urls.include",
    "django.urls.path", "django.urls.re_path", "django.urls.register_converter",
    "django.views.decorators",
})  # fmt: skip
"""Modules of Django, and names in them, that ask for no URL."""
_LIBRARIES = frozenset({
    *sys.stdlib_module_names, "pytest", "_pytest", "pytest_mock", "mock", "pluggy", "freezegun",
    "time_machine", "factory", "faker", "model_bakery", "requests", "responses", "httpretty",
    "vcr", "boto3", "botocore", "moto", "celery", "kombu", "redis", "numpy", "pandas", "scipy",
    "PIL", "yaml", "attr", "attrs", "pydantic", "pydantic_core", "typing_extensions", "dateutil",
    "pytz", "six", "jwt", "cryptography", "lxml", "bs4", "html5lib", "markdown", "jinja2",
    "sqlparse", "psycopg", "psycopg2", "asgiref", "graphql", "graphene", "promise", "stripe",
    "opentelemetry", "prometheus_client", "sentry_sdk", "structlog", "tenacity", "urllib3",
    "phonenumbers", "babel", "openpyxl", "google", "azure", "parameterized", "hypothesis",
})  # fmt: skip
"""Libraries that know nothing of Django."""
_CLIENTS = frozenset({"client", "admin_client", "async_client", "async_admin_client", "live_server",
                      "client_class", "async_client_class", "live_server_url", "django_app"})  # fmt: skip
"""Fixtures and attributes that ask for URLs, or are asked for what does."""
_ENDS = ("client", "server", "app", "api", "browser", "page", "selenium", "driver", "tp")
"""Ends of the names of fixtures that may come from a plugin and ask for URLs."""


class DjangoRequests:
    """Adds edges from what may ask for a URL to the settings that this makes Django read."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.classes = context.classes

    def link(self, path: str, summary: Summary) -> None:
        """Link all symbols of a file."""
        asking = {
            name
            for name, origins in summary.aliases.items()
            if any(self._may_ask(path, o.level, o.module, o.name) for o in origins)
        }
        starred = any(self._may_ask(path, star.level, star.module, "*") for star in summary.stars)
        for definition in summary.definitions:
            if (
                starred
                or summary.broken
                or self._asks_by_name(path, summary, definition, asking)
                or _is_given_client(definition)
                or self._has_client(path, definition)
            ):
                self.context.need(Symbol(path, definition.name), attribute(URLS))

    def _may_ask(self, path: str, level: int, module: str, name: str) -> bool:
        """Whether something that is imported comes from outside, and may ask for a URL."""
        top = module.partition(".")[0]
        if level or top in _LIBRARIES:
            return False
        if top == "django":
            return not _asks_for_nothing(f"{module}.{name}".rstrip("."))
        return not self.context.modules.resolve(module, path.rpartition("/")[0])

    def _asks_by_name(
        self, path: str, summary: Summary, definition: Definition, asking: set[str]
    ) -> bool:
        """Whether a definition names what may ask for a URL."""
        for chain in definition.names:
            root, _, rest = chain.partition(".")
            if URLS in rest:
                return True
            if root not in asking:
                continue
            for origin in summary.aliases[root]:
                name = ".".join(part for part in (origin.name, rest) if part)
                if self._may_ask(path, origin.level, origin.module, name):
                    return True
        return any(module.startswith("django") for module in definition.dynamic_imports)

    def _has_client(self, path: str, definition: Definition) -> bool:
        """Whether a definition uses the client of a test case, or of what may be one."""
        used = definition.attributes
        if not _CLIENTS.isdisjoint(used.names) or URLS in used.names:
            return True
        owner = definition.name.rpartition(".")[0]
        if _CLIENTS.isdisjoint(used.on_self) or not owner:
            return False
        return any(self._foreign_bases(Symbol(path, owner)))

    def _foreign_bases(self, klass: Symbol) -> Iterator[str]:
        """The bases outside the project of a class, and of those that it is a part of."""
        for related in sorted(self.classes.related(klass)):
            for base in self.classes.outside(related):
                known = base in BUILTIN or is_quiet(base) or base.partition(".")[0] in _LIBRARIES
                if not known or base.startswith("?"):
                    yield base


def _asks_for_nothing(name: str) -> bool:
    """Whether something in Django asks for no URL."""
    parts = name.split(".")
    if name in ("django", "django.test", "django.core", "django.contrib", "django.urls"):
        return False
    return any(".".join(parts[:end]) in _ASKING_NOTHING for end in range(2, len(parts) + 1))


def _is_given_client(definition: Definition) -> bool:
    """Whether a definition asks for a fixture that may ask for URLs."""
    said = definition.strings.identifiers
    return (
        any(name.endswith(_ENDS) for name in definition.header.parameters)
        or not _CLIENTS.isdisjoint(said)
        or URLS in said
        or any("*" in name for name in said)
    )
