"""Renders a pull request comment as a page that looks as it does on GitHub.

    python docs/render_comment.py [OUT]

The report is the recorded run of a real backend that the tests hold gardener to; the base
is that run with two of its four causes taken away. Writes docs/comment.html.
"""

import sys
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from gardener.bot.content import comment
from gardener.bot.content.comment import Setting
from gardener.bot.content.compared import Compared
from msgspec.structs import replace

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Result
from gardener.reports import store as reports

TOP = Path(__file__).parents[1]
RECORDED = TOP / "tests/gardener/data/websocket_run.json"
OLD = "is_healthy", "Expected 5 bridge events"  # messages of what was red before

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>What gardener writes on a pull request</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
:root {{ --text: #1f2328; --soft: #59636e; --page: #fff; --shade: #f6f8fa; --line: #d1d9e0; --code: #818b981f; }}
@media (prefers-color-scheme: dark) {{
:root {{ --text: #f0f6fc; --soft: #9198a1; --page: #0d1117; --shade: #151b23; --line: #3d444d; --code: #656c7633; }}
}}
body {{ background: var(--page); color: var(--text); font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif, "Noto Color Emoji"; margin: 2em auto; max-width: 64em; padding: 0 1em; }}
.comment {{ border: 1px solid var(--line); border-radius: 6px; margin-left: 56px; position: relative; }}
.avatar {{ position: absolute; left: -57px; top: 0; width: 40px; height: 40px; border-radius: 50%; background: #2da44e; color: #fff; display: grid; place-items: center; font-size: 20px; }}
.author {{ background: var(--shade); border-bottom: 1px solid var(--line); border-radius: 6px 6px 0 0; padding: 8px 16px; color: var(--soft); }}
.author b {{ color: var(--text); }} .label {{ border: 1px solid var(--line); border-radius: 1em; padding: 0 7px; font-size: 12px; }}
.body {{ padding: 16px; word-wrap: break-word; }} .body > :first-child {{ margin-top: 0; }}
h3 {{ font-size: 1.25em; line-height: 1.25; margin: 0 0 16px; }} p, ul, table, pre {{ margin: 0 0 16px; }} ul {{ padding-left: 2em; }}
table {{ border-collapse: collapse; display: block; max-width: 100%; overflow: auto; width: max-content; }}
th, td {{ border: 1px solid var(--line); padding: 6px 13px; }} tr:nth-child(2n) {{ background: var(--shade); }}
code {{ background: var(--code); border-radius: 6px; font: 85% ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; padding: .2em .4em; white-space: break-spaces; }}
pre {{ background: var(--shade); border-radius: 6px; overflow: auto; padding: 16px; }} pre code {{ background: none; padding: 0; white-space: pre; }}
details {{ margin-bottom: 16px; }} details details {{ margin-bottom: 8px; }} summary {{ cursor: pointer; }} details[open] > summary {{ margin-bottom: 8px; }}
@media (max-width: 600px) {{ .comment {{ margin-left: 0; }} .avatar {{ display: none; }} }}
</style>
<div class="comment">
<div class="avatar">g</div>
<div class="author"><b>github-actions</b> <span class="label">bot</span> commented</div>
<div class="body">
{body}
</div>
</div>
</html>
"""


def markdown() -> str:
    """The comment on the recorded run."""
    report = reports.load(RECORDED)
    report = replace(report, commit="4f1c2d9b" * 5, base="9e8d7c6b" * 5)
    still = [f for f in report.failures if any(words in f.message for words in OLD)]
    red = {f.nodeid for f in still}
    before = tuple(
        Result(r.nodeid, "failed" if r.nodeid in red else "passed") for r in report.results
    )
    base = replace(report, commit=report.base, failures=tuple(still), results=before)
    found = diagnose(report, Config(TOP), base)
    issues = {f.fingerprint: 41 + n for n, f in enumerate(found.findings) if f.failures[0] in still}
    at = Compared(at=report.base, origin=report.base, how="run")
    return comment.render(report, found, Setting(issues=issues, compared=at))


def main(out: Path) -> None:
    body = cmarkgfm.github_flavored_markdown_to_html(markdown(), Options.CMARK_OPT_UNSAFE)
    # A page that is looked at, not clicked: the first cause stands open.
    body = body.replace("<details>", "<details open>", 2).replace("<details open>", "<details>", 1)
    out.write_text(PAGE.format(body=body.strip()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TOP / "docs/comment.html")
