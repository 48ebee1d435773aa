"""The child process that makes a PDF: `python -m shared.service.typeset_child`.

It is given a template and its content on its standard input, and writes the PDF on its standard output. The PDF is tagged
for readers aloud (PDF/UA-1), which also demands that each character can be printed: what no font has is shown as a box.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

import typst

from shared.service.readers import limit_itself

MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
CPU_SECONDS: Final = 60
FONTS: Final = Path(__file__).with_name("fonts")
BOX: Final = "\u25a1"
_STANDARD: Final = "ua-1"
_UNPRINTABLE: Final = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE: Final = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def main() -> int:
    """Make the PDF that is asked for. Returns the exit status: 0, or 1 where the template is at fault."""
    asked = json.loads(sys.stdin.buffer.read())
    limit_itself(memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS)
    try:
        made = typeset(asked["template"], asked["content"], made_at=asked["made_at"])
    except typst.TypstError:  # its words may repeat the content
        return 1
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return 0


def typeset(template: str, content: dict[str, Any], *, made_at: int) -> bytes:
    """The PDF. The fonts of the machine are looked for only where ours lack a character, for that takes its time."""
    try:
        return _compiled(template, content, made_at=made_at, everywhere=False)
    except typst.TypstError as fault:
        if not _unprintable(fault):
            raise
    try:
        return _compiled(template, content, made_at=made_at, everywhere=True)
    except typst.TypstError as fault:
        missing = _unprintable(fault)
        if not missing:
            raise
    boxed = {**_boxed(content, missing), "boxed": True}
    return _compiled(template, boxed, made_at=made_at, everywhere=True)


def _compiled(template: str, content: dict[str, Any], *, made_at: int, everywhere: bool) -> bytes:
    compiler = typst.Compiler(
        template.encode(),
        root=FONTS,
        font_paths=typst.Fonts(include_system_fonts=everywhere, font_paths=[str(FONTS)]),
        sys_inputs={"content": json.dumps(content)},
    )
    made = compiler.compile(format="pdf", pdf_standards=[_STANDARD], timestamp=made_at)
    if not isinstance(made, bytes):
        raise TypeError("one document is made at a time")
    return made


def _unprintable(fault: typst.TypstError) -> frozenset[str]:
    """The characters that no font has, as the compiler names them."""
    said = f"{fault.message}\n{fault.diagnostic}"
    return frozenset(one for text in _UNPRINTABLE.findall(said) for one in _ESCAPE.sub(_plain, text))


def _plain(escape: re.Match[str]) -> str:
    number, letter = escape.groups()
    return chr(int(number, 16)) if number else _PLAIN.get(letter, letter)


def _boxed(value: Any, missing: frozenset[str]) -> Any:
    if isinstance(value, str):
        return "".join(BOX if one in missing else one for one in value)
    if isinstance(value, list):
        return [_boxed(one, missing) for one in value]
    if isinstance(value, dict):
        return {name: _boxed(one, missing) for name, one in value.items()}
    return value


if __name__ == "__main__":
    sys.exit(main())
