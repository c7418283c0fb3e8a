"""The page in a real browser: what it shows, what it lets one do, and what it never does."""

import pytest
from pages import hostile, large, page_of, small, with_extras

CAUSES = "#list > article"


@pytest.fixture
def page(visit):
    report = small()
    return visit(page_of(report, with_extras(report)))


def until(page, condition: str) -> None:
    """Wait for a condition; Playwright's own way evaluates text, which the page's policy forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"it did not come true: {condition}")


def shown(page):
    return page.eval_on_selector_all(CAUSES, "all => all.filter(a => !a.hidden).map(a => a.id)")


def test_first_how_many_causes_and_whose_then_what_to_do_then_the_rest(page):
    assert page.inner_text("h1") == "4 failing, 8 passed: 3 causes."
    assert page.eval_on_selector_all(".tile strong", "all => all.map(e => e.innerText)") == [
        "3", "2", "1",
    ]  # fmt: skip
    headings = page.eval_on_selector_all("h2", "all => all.map(e => e.innerText)")
    assert headings == [
        "What to do next", "Causes", "Why these tests ran", "Durations", "6 warnings",
        "All 12 tests",
    ]  # fmt: skip
    assert page.locator("#next li").count() == 2, "the causes of this change"
    assert page.evaluate("document.body.scrollWidth <= innerWidth")


def test_a_cause_shows_its_evidence(page):
    cause = page.locator(f"{CAUSES}:has-text('no room')").first
    text = cause.evaluate("e => { for (const d of e.querySelectorAll('details')) d.open = true; "
                          "return e.innerText; }")  # fmt: skip
    for part in (
        "ValueError: no room",
        "app/chat.py:10",
        ">   10     raise V(",
        "tests/a/test_a.py:7 in test",
        "connected to broker",
        "WARNING slow",
        "2 of 10 failing",
        "FAILED",
        "pytest tests/a/test_a.py::test_one",
        "Both tests passed on the base.",
        "+new",
    ):
        assert part in text, part
    assert page.locator(f"{CAUSES}:has-text(\"'user'\") b").first.inner_text() == "ERROR"
    strip = cause.locator(".strip")
    assert strip.locator("i").count() == 3
    assert "failing in 1, passing in 1, not run in 1" in strip.get_attribute("aria-label")


def test_search_filters_and_order(page):
    assert len(shown(page)) == 3
    page.fill("#search", "no ROOM test_two")
    until(page, "document.querySelector('#shown').textContent === '1 of 3'")
    page.click("#clear")
    assert len(shown(page)) == 3
    page.select_option("#status", "pre-existing")
    assert shown(page) == ["cause-3"]
    page.click("#clear")
    page.select_option("#folder", "tests/b")
    assert len(shown(page)) == 2
    page.click("#clear")
    page.select_option("#sort", "title")
    titles = page.eval_on_selector_all(f"{CAUSES} h3", "all => all.map(e => e.innerText)")
    assert titles == sorted(titles) and len(titles) == 3
    page.select_option("#sort", "tests")
    tests = page.eval_on_selector_all(CAUSES, "all => all.map(a => +a.dataset.tests)")
    assert tests == sorted(tests, reverse=True)


def test_a_command_is_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator(f"{CAUSES} .copy").first
    command = button.locator("..").locator("code").inner_text()
    button.click()
    until(page, "document.querySelector('#said').textContent.startsWith('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == command
    assert command.startswith("pytest tests/")


def test_all_can_be_done_with_the_keyboard(page):
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    last = page.locator(f"{CAUSES}:last-child > details")
    assert not last.evaluate("e => e.open")
    last.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert last.evaluate("e => e.open")
    page.locator("#next a").first.focus()
    page.keyboard.press("Enter")
    until(page, "location.hash.startsWith('#cause-')")
    until(page, "document.activeElement.localName === 'summary'")  # the event follows the address
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "why-picture":
            break
    assert page.evaluate("document.activeElement.id") == "why-picture"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "where the focus is can be seen"


def test_the_picture_leads_from_what_changed_to_the_tests(page):
    boxes = page.eval_on_selector_all("#why-picture .box", "all => all.map(b => b.ariaLabel)")
    assert boxes == [
        "app/chat.py:send", "app/io.py:read", "app/web.py",
        "tests/a/test_a.py", "tests/b/test_b.py", "tests/b/test_c.py",
    ]  # fmt: skip
    assert page.locator("#why-picture path").count() == 4
    view = "document.querySelector('#why-picture svg').getAttribute('viewBox')"
    whole = page.evaluate(view)
    page.focus("#why-picture")
    page.keyboard.press("+")
    assert page.evaluate(view) != whole
    page.keyboard.press("0")
    assert page.evaluate(view) == whole
    page.locator("#why-picture .box").nth(1).focus()
    page.keyboard.press("Enter")
    lit = page.eval_on_selector_all("#why-picture .box.lit", "all => all.map(b => b.ariaLabel)")
    assert lit == ["app/io.py:read", "tests/b/test_c.py"]
    page.keyboard.press("Escape")
    assert page.locator("#why-picture .lit").count() == 0
    page.click("[data-zoom=in]")
    assert page.evaluate(view) != whole


def test_all_tests_can_be_searched(page):
    page.locator("#tests").scroll_into_view_if_needed()
    until(page, "document.querySelectorAll('#test-rows tr').length === 12")
    first = page.locator("#test-rows tr").first
    assert "failed, cause" in first.inner_text()
    page.fill("#test-search", "ok7")
    until(page, "document.querySelectorAll('#test-rows tr').length === 1")
    page.fill("#test-search", "")
    page.select_option("#test-outcome", "passed")
    assert page.locator("#test-rows tr").count() == 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing_serious(visit, axe, scheme, width):
    report = small()
    page = visit(
        page_of(report, with_extras(report)), width=width, color_scheme=scheme, bypass_csp=True
    )
    page.click("#open-all")
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true;")
    page.locator("#tests").scroll_into_view_if_needed()
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [(v["id"], v["impact"], [n["html"] for n in v["nodes"]][:3]) for v in found]
    assert told == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_dark_and_light_differ(visit):
    html = page_of(small())
    colours = []
    for scheme in ("light", "dark"):
        page = visit(html, color_scheme=scheme)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(set(colours)) == 2


def test_print_shows_all_that_is_folded_and_no_tools(page):
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    hidden = page.eval_on_selector_all(
        "article pre, #warnings table, .command code",
        "all => all.filter(e => !e.offsetHeight).length",
    )
    assert hidden == 0
    assert not page.locator("#toolbar").is_visible()
    assert not page.locator(".copy").first.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0
    assert page.pdf().startswith(b"%PDF")


def test_without_scripts_all_can_be_read(visit):
    page = visit(page_of(small()), java_script_enabled=False)
    assert page.locator(CAUSES).count() == 3
    assert not page.locator("#toolbar").is_visible()
    assert not page.locator(".copy").first.is_visible()
    assert page.locator("article pre.error").first.is_visible()


def test_a_hostile_report_executes_nothing(visit):
    report = hostile()
    page = visit(page_of(report, with_extras(report)))
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true;")
    page.locator("#tests").scroll_into_view_if_needed()
    until(page, "document.querySelectorAll('#test-rows tr').length === 1")
    assert page.evaluate("window.hit === undefined")
    assert page.locator("script").count() == 3, "its own, and two blocks of data"
    assert page.locator("img, iframe, object, embed, link, base, form").count() == 0
    links = page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
    assert all(link.startswith("#") for link in links)
    handlers = "all => all.flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    assert page.eval_on_selector_all("*", handlers) == []
    assert page.eval_on_selector_all("[style]", "all => all.length") == 0


def test_the_policy_stops_what_would_get_through(chromium, tmp_path):
    html = page_of(small()).replace("<main>", "<main><script>window.hit=1</script>"
                                    "<p id=bad style='color:red' onclick='window.hit=1'>x</p>")  # fmt: skip
    path = tmp_path / "page.html"
    path.write_text(html)
    page = chromium.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    page.click("#bad")
    assert page.evaluate("window.hit === undefined")
    assert len(refused) == 3 and all("Content Security Policy" in text for text in refused)
    with pytest.raises(Exception, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<p>'")
    page.close()


def test_a_large_run_stays_light(visit):
    html = page_of(large())
    assert len(html) < 8_000_000
    page = visit(html)
    assert page.locator(CAUSES).count() == 400
    assert page.evaluate("document.querySelectorAll('*').length") < 60_000
    page.fill("#search", "thing399")
    until(page, "document.querySelector('#shown').textContent.startsWith('1 of')")
    page.locator("#tests").scroll_into_view_if_needed()
    until(page, "document.querySelectorAll('#test-rows tr').length === 100")


def test_a_green_run_and_an_empty_one(visit):
    from gardener.model import Report, Result

    page = visit(page_of(Report(created="", results=(Result("t.py::a", "passed"),))))
    assert page.inner_text("h1") == "1 passed."
    assert "No test fails." in page.inner_text("#causes")
    assert page.inner_text("#next li") == "Nothing to fix."
    page = visit(page_of(Report(created="", complete=False, internal_error="INTERNALERROR> boom")))
    assert "boom" in page.inner_text("header")


def test_causes_are_filtered_by_the_cell_that_they_fail_in(visit):
    from msgspec.structs import replace

    from gardener.reports.merging import merge

    report = replace(small(), cell="linux")
    old = [failure for failure in report.failures if failure.nodeid.startswith("tests/b")]
    other = replace(report, cell="old python", failures=tuple(old), results=tuple(
        result for result in report.results if result.nodeid.startswith("tests/b")
    ))  # fmt: skip
    page = visit(page_of(merge([report, other])))
    assert len(shown(page)) == 3
    page.select_option("#cells", "old python")
    assert len(shown(page)) == 2
    page.locator("#tests").scroll_into_view_if_needed()
    until(page, "document.querySelectorAll('#test-rows tr').length === 14")
    assert "in old python" in page.inner_text("#test-rows")
