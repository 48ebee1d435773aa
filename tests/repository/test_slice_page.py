"""The page on how a slice is made quotes the code that stands."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "a-slice.md"
BLOCK = re.compile(r"^```python (?P<file>\S+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_quoted_block_stands_in_the_file_it_names() -> None:
    blocks = [(found["file"], found["code"]) for found in BLOCK.finditer(PAGE.read_text())]
    assert len(blocks) > 5
    assert [file for file, code in blocks if code not in (ROOT / file).read_text()] == []
