"""Fixtures that plugins bring: which one is missing where a test asks for it."""

from __future__ import annotations

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
