"""Fixtures and marks that plugins bring: which one is missing where a test asks for it."""

from __future__ import annotations

import re

_BY_PLUGIN = {
    "pytest-aiohttp": ("aiohttp_client", "aiohttp_server", "aiohttp_raw_server"),
    "pytest-asyncio": ("event_loop_policy", "unused_tcp_port", "unused_tcp_port_factory"),
    "pytest-benchmark": ("benchmark",),
    "pytest-celery": ("celery_app", "celery_worker", "celery_session_worker"),
    "pytest-django": (
        *("db", "transactional_db", "django_db_setup", "django_user_model", "admin_client"),
        *("rf", "live_server", "settings", "mailoutbox", "django_assert_num_queries"),
    ),
    "pytest-docker": ("docker_services", "docker_ip"),
    "pytest-flask": ("client_class", "accept_json", "accept_mimetype"),
    "pytest-freezer": ("freezer",),
    "pytest-httpbin": ("httpbin", "httpbin_secure"),
    "pytest-httpserver": ("httpserver", "make_httpserver"),
    "pytest-httpx": ("httpx_mock",),
    "pytest-mock": ("mocker", "class_mocker", "module_mocker", "session_mocker"),
    "pytest-playwright": ("page", "browser_context_args"),
    "pytest-postgresql": ("postgresql", "postgresql_proc"),
    "pytest-subprocess": ("fp", "fake_process"),
    "pytest-xprocess": ("xprocess",),
    "pyfakefs": ("fs", "fs_class", "fs_module", "fs_session"),
    "requests-mock": ("requests_mock",),
    "respx": ("respx_mock",),
    "syrupy": ("snapshot",),
}
_PLUGIN_OF = {fixture: plugin for plugin, fixtures in _BY_PLUGIN.items() for fixture in fixtures}
_BRINGS_MARK = {
    "anyio": "anyio",
    "asyncio": "pytest-asyncio",
    "benchmark": "pytest-benchmark",
    "dependency": "pytest-dependency",
    "django_db": "pytest-django",
    "flaky": "pytest-rerunfailures or flaky",
    "freeze_time": "pytest-freezer",
    "httpx_mock": "pytest-httpx",
    "order": "pytest-order",
    "respx": "respx",
    "timeout": "pytest-timeout",
    "trio": "pytest-trio",
    "vcr": "pytest-recording or pytest-vcr",
    "xdist_group": "pytest-xdist",
}
_UNKNOWN_MARK = re.compile(
    r"\AUnknown pytest\.mark\.(?P<a>\w+)|'(?P<b>\w+)' not found in `markers` configuration option"
)
_EVENT_LOOP = (
    "pytest-asyncio has no fixture `event_loop` since version 1: if it was that one, ask for"
    " `asyncio.get_running_loop()` in the test, and for a loop that lives longer set `loop_scope`;"
    " else restore the fixture `event_loop`."
)


def next_step_of(fixture: str) -> str:
    """What to do where a fixture is missing that a plugin is known for; empty for any other."""
    if fixture == "event_loop":
        return _EVENT_LOOP
    plugin = _PLUGIN_OF.get(fixture, "")
    if not plugin:
        return ""
    return f"If it is that of {plugin}, install it where the tests run; else restore the fixture `{fixture}`."


def told_of_mark(message: str) -> tuple[str, str] | None:
    """Cause and next step where a mark is unknown, and that is an error; None: this is about none."""
    unknown = _UNKNOWN_MARK.search(message)
    if unknown is None:
        return None
    name = unknown["a"] or unknown["b"]
    cause = (
        f"Neither a plugin nor the settings know `pytest.mark.{name}`, and that is an error here."
    )
    register = "register it under `markers` in the settings of pytest, or correct its name."
    plugin = _BRINGS_MARK.get(name, "")
    if plugin:
        return cause, f"Install {plugin}, which brings it, where the tests run; or {register}"
    return cause, register.capitalize()
