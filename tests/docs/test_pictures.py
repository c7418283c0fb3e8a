"""The pictures of the README show what gardener says today."""

import re
import subprocess
import sys

from transcript import TOP


def words(svg: str) -> str:
    """The text of a picture, without where it stands and what it looks like."""
    svg = re.sub(r"<style>.*?</style>", "", svg, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", svg).split())


def test_the_pictures_are_what_is_drawn_today(tmp_path):
    script = TOP / "docs/render_pictures.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)
    for name in ("terminal", "comment"):
        drawn = (tmp_path / f"{name}.svg").read_text()
        kept = (TOP / f"docs/images/{name}.svg").read_text()
        assert words(drawn) == words(kept), f"{name}.svg: run make docs"
        assert f"docs/images/{name}.svg" in (TOP / "README.md").read_text()
        assert "http" not in re.sub(r'xmlns="[^"]*"', "", kept).replace("https://github.com", "")
