"""A file that comes as the one part `file` of a multipart form, read while it arrives and never held as a whole.

The form's own parser would keep the whole file in memory; this one hands on the part's bytes as the body brings them.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from python_multipart.multipart import MultipartParser, parse_options_header

from shared.problems import BadRequest

MULTIPART: Final = "multipart/form-data"
SLACK: Final = 64 * 1024
"""What a multipart body may have around its file."""
_PLAIN: Final = frozenset({"", "binary", "8bit", "7bit"})


class MultipartBroken(BadRequest):
    """The multipart body cannot be read, or does not hold exactly one part, named `file`."""

    code = "multipart.syntax"
    title = "The multipart body cannot be read"


@dataclass(frozen=True, slots=True)
class FormFile:
    """The file of a form. name: as the sender calls it.   declared: the media type that its part says.

    pieces: its bytes. They raise MultipartBroken where the form is found broken or holds another part.
    """

    name: str
    declared: str
    pieces: AsyncIterator[bytes]


async def file_of_form(chunks: AsyncIterator[bytes], content_type: str) -> FormFile:
    """The file of a form that arrives in chunks. Raises MultipartBroken, and what the chunks raise."""
    form = _Form(parse_options_header(content_type)[1].get(b"boundary", b""))
    async for chunk in chunks:
        form.take(chunk)
        if form.begun:
            return FormFile(form.name, form.declared, _pieces(form, chunks))
    raise MultipartBroken("The multipart body ends before its last boundary.")


async def _pieces(form: "_Form", chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The bytes of the part that has begun, to the end of the form."""
    yield form.brought()
    async for chunk in chunks:
        form.take(chunk)
        if piece := form.brought():
            yield piece
    if not form.ended:
        raise MultipartBroken("The multipart body ends before its last boundary.")


class _Form:
    """A form as far as it has arrived. begun: whether its part's headers are read.   ended: whether its last boundary was seen."""

    def __init__(self, boundary: bytes) -> None:
        self.name = self.declared = ""
        self.begun = self.ended = False
        self._parts = 0
        self._found: list[bytes] = []
        self._field, self._value = bytearray(), bytearray()
        self._headers: dict[str, bytes] = {}
        if not boundary:
            raise MultipartBroken
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": lambda data, start, end: self._found.append(data[start:end]),
                    "on_end": self._end,
                },
            )
        except ValueError:
            raise MultipartBroken from None

    def take(self, chunk: bytes) -> None:
        """Read on. Raises MultipartBroken."""
        try:
            self._parser.write(chunk)
        except ValueError:
            raise MultipartBroken from None

    def brought(self) -> bytes:
        """What the part has brought since it was last asked."""
        piece = b"".join(self._found)
        self._found.clear()
        return piece

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > 1:
            raise _another()

    def _end_header(self) -> None:
        self._headers[self._field.decode("latin-1").strip().casefold()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        if options.get(b"name") != b"file":
            raise _another()
        coding = self._headers.get("content-transfer-encoding", b"").decode("latin-1").strip().casefold()
        if coding not in _PLAIN:
            raise MultipartBroken("Send the part without Content-Transfer-Encoding.")
        self.name = options.get(b"filename", b"").decode("utf-8", "replace")
        declared = self._headers.get("content-type", b"").decode("latin-1")
        self.declared = declared.partition(";")[0].strip().casefold()
        self.begun = True

    def _end(self) -> None:
        self.ended = True


def _another() -> MultipartBroken:
    return MultipartBroken("Send one part, named file.", code="multipart.count")
