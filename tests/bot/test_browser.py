"""The comment in a real browser: what a reader sees first, what fits, and what hostile text becomes.

Needs a Chromium on PATH (Debian: `apt-get install chromium`) or named in CHROMIUM; without one
these tests are skipped and say so (`GARDENER_REQUIRE_BROWSER=1`: they fail).
"""

import html
import json
import re
import subprocess
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from test_text import ALLOWED, HOSTILE, comment_of

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/comment.html").read_text()

LOOK = """
const page = frame.contentDocument, body = page.querySelector('.body');
const box = (e) => e.getBoundingClientRect();
const lines = (e) => Math.round(box(e).height / parseFloat(getComputedStyle(e).lineHeight));
const luminance = (colour) => {
  const part = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
};
const shades = [getComputedStyle(page.body).color, getComputedStyle(page.body).backgroundColor]
  .map(luminance).sort();
const status = body.querySelector('td').firstChild, range = page.createRange();
range.selectNodeContents(status);
return {
  overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
  inside: [...body.querySelectorAll('table, pre')].every((e) => box(e).right <= box(body).right),
  first: body.children[0].localName + ' ' + body.children[0].textContent,
  order: [...body.children].map((e) => e.localName),
  statusLines: range.getClientRects().length,
  contrast: (shades[1] + 0.05) / (shades[0] + 0.05),
  folded: [...body.querySelectorAll('details')].filter((e) => !e.open).length,
  height: (body.querySelectorAll('details').forEach((e) => e.open = false), box(body).height),
  tableTop: box(body.querySelector('table')).top,
};
"""
HARNESS = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<iframe id="frame" style="border:0;width:{width}px;height:1200px" srcdoc="{page}"></iframe>
<pre id="told"></pre><script>
const frame = document.getElementById('frame');
const look = () => {{ {look} }};
frame.onload = () => document.getElementById('told').textContent = JSON.stringify(look());
</script>"""


@pytest.fixture
def look(browser, tmp_path):
    """Load a page of some width and ask it something; the answer comes back as JSON."""

    def ask(page: str, script: str, width: int = 1000, *, dark: bool = False):
        path = tmp_path / "page.html"
        text = HARNESS.format(width=width, page=html.escape(page), look=script)
        path.write_text(text, encoding="utf-8", errors="replace")
        done = subprocess.run(
            [
                *(
                    browser,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--window-size=1280,1300",
                ),
                f"--user-data-dir={tmp_path / 'profile'}",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}",
                *("--virtual-time-budget=5000", "--dump-dom", path.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
        told = re.search(r'<pre id="told">(.+?)</pre>', done.stdout, re.DOTALL)
        assert told, done.stderr[-2_000:]
        return json.loads(html.unescape(told[1]))

    return ask


@pytest.mark.parametrize(
    ("width", "dark"), [(1000, False), (1000, True), (390, False)], ids=["light", "dark", "phone"]
)
def test_the_comment_reads_well(look, width, dark):
    seen = look(PAGE, LOOK, width, dark=dark)
    assert seen["first"] == "h3 2 regressions · 2 unrelated"
    assert seen["order"][:4] == ["h3", "p", "p", "table"]
    assert seen["overflow"] <= 0  # tables and code scroll in themselves
    assert seen["inside"]
    assert seen["statusLines"] == 1
    assert seen["contrast"] >= 7
    assert seen["tableTop"] < 300
    assert seen["folded"] >= 3
    assert seen["height"] < (600 if width == 1000 else 800)  # one screen, folded


ELEMENTS = """
const found = [...frame.contentDocument.querySelectorAll('.body *')];
return {
  names: [...new Set(found.map((e) => e.localName))],
  attributes: [...new Set(found.flatMap((e) => e.getAttributeNames()))],
  details: [...frame.contentDocument.querySelectorAll('.body')].map(
    (e) => e.querySelectorAll('details').length),
  loaded: frame.contentWindow.performance.getEntriesByType('resource').length,
  links: frame.contentDocument.links.length,
};
"""


def test_hostile_text_makes_no_element_in_a_browser(look):
    made = [
        cmarkgfm.github_flavored_markdown_to_html(comment_of(words), Options.CMARK_OPT_UNSAFE)
        for name, words in HOSTILE.items()
        if name not in {"astral", "regex-bomb", "password-bomb"}
    ]
    page = "<!doctype html><body>" + "".join(f'<div class="body">{one}</div>' for one in made)
    seen = look(page, ELEMENTS)
    assert set(seen["names"]) <= ALLOWED
    assert set(seen["attributes"]) <= {"align", "open", "lang"}
    assert (seen["loaded"], seen["links"]) == (0, 0)
    assert seen["details"] == [1] * len(made)


def test_the_browser_would_see_an_element(look):
    page = '<!doctype html><body><div class="body"><details></details><img src="/x"></div>'
    assert "img" in look(page, ELEMENTS)["names"]
