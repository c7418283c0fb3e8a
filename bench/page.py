"""How long the page of a large run takes to open in Chromium.

    python bench/page.py [TESTS] [FAILURES] [CAUSES]

Makes a report (10,000 tests, 2,000 failures with output in 400 causes, if nothing else is said),
renders it, and opens it as a file, each time in a browser of its own. Prints medians: the CPU time
to render, and the time from the start of the navigation to the first paint, to the loaded page, and
to a page that answers (two frames after it has loaded); then what a search takes.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/gardener/page"))
from pages import large, page_of

ROUNDS = 5
ANSWERS = """() => new Promise(done => {
  const after = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    done([paint ? paint.startTime : NaN, performance.timing.loadEventStart -
      performance.timing.navigationStart, performance.now()]);
  }));
  document.readyState === 'complete' ? after() : addEventListener('load', after);
})"""
SEARCH = """() => new Promise(done => {
  const start = performance.now();
  const field = document.getElementById('search');
  field.value = 'thing7 ';
  field.dispatchEvent(new Event('input'));
  const look = () => document.getElementById('shown').textContent.startsWith('1')
    ? done(performance.now() - start) : requestAnimationFrame(look);
  look();
})"""


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:]]
    report = large(*numbers)
    start = cpu()
    html = page_of(report)
    print(
        f"rendered in {cpu() - start:.2f} s of CPU (diagnosis included), {len(html) / 1e6:.1f} MB"
    )
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    times = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        path.write_text(html, encoding="utf-8")
        for _ in range(ROUNDS):
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(path.as_uri(), wait_until="commit")
            times.append([*page.evaluate(ANSWERS), page.evaluate(SEARCH)])
            browser.close()
    for name, taken in zip(
        ("first paint", "loaded", "answers", "search"), zip(*times, strict=True), strict=True
    ):
        print(f"{name}: {statistics.median(taken):.0f} ms")


if __name__ == "__main__":
    main()
