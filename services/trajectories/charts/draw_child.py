"""The child process that draws a chart: `python -m services.trajectories.charts.draw_child`.

It is told the chart on its standard input, as JSON, and writes SVG or PNG on its standard output. It has no network and
only our fonts are sure to be there, so equal charts have equal bytes.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import vl_convert

import shared.service
from shared.service.readers import make_under_limits

# The library looks for a home when it is loaded; an account of its own may have none.
os.environ.setdefault("HOME", "/nonexistent")

from services.trajectories.charts.specification import specification

MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
# JavaScript's engine sets aside far more than it uses.
ADDRESS_BYTES: Final = 256 * 1024 * 1024 * 1024
CPU_SECONDS: Final = 30
FONTS: Final = Path(shared.service.__file__).with_name("fonts")
_SHARPNESS: Final = 2.0
_ROOT: Final = re.compile(r"<svg\b([^>]*)>")


def main() -> int:
    """Draw the chart under limits. Returns the exit status."""
    return make_under_limits(
        drawn, memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS, address_bytes=ADDRESS_BYTES
    )


def drawn(told: dict[str, Any]) -> bytes:
    """The picture. told: as `charts/rules.py` tells it, with `form`, which is svg or png."""
    vl_convert.register_font_directory(str(FONTS))
    svg = vl_convert.vegalite_to_svg(specification(told), allowed_base_urls=[])
    if told["form"] == "png":
        return vl_convert.svg_to_png(svg, scale=_SHARPNESS)
    return described(svg, title=told["title"], description=told["description"]).encode()


def described(svg: str, *, title: str, description: str) -> str:
    """An SVG that says what it shows to whoever hears it: a title, and its figures as a table in the description."""
    words = f'<title id="title">{escape(title)}</title><desc id="desc">{escape(description)}</desc>'
    return _ROOT.sub(
        lambda root: f'<svg{root[1]} role="img" aria-labelledby="title desc">{words}', svg, count=1
    )


if __name__ == "__main__":
    sys.exit(main())
