"""The physical lines of a file as text, whatever its encoding; bytes that are no text stay visible as surrogates."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

LINE_BYTES = 1024 * 1024
UNDECODABLE = re.compile("[\udc00-\udcff]")

_NAMED_BYTES = 100  # so many wrong bytes of a line are told one by one
_ASCII = bytes(range(32, 127))
_SIGNATURES = {
    "utf-8": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
_WIDTHS = {"utf-16": 2, "utf-16-le": 2, "utf-16-be": 2, "utf-32": 4, "utf-32-le": 4, "utf-32-be": 4}
_BY_MARK = (*_SIGNATURES["utf-8"], *_SIGNATURES["utf-16"])


def encoding_mistake(name: str) -> str:
    """Why a file cannot be read in the encoding of this name; empty if it can. Names are those of Python's codecs."""
    try:
        codec = codecs.lookup(name).name
        if codec in _WIDTHS or (_ASCII.decode(codec) == _ASCII.decode() and not codec.startswith("iso2022")):
            return ""
    except (LookupError, ValueError):
        pass
    return f"there is no encoding {name}, or none in which a line ends as in ASCII"


class Lines:
    """Lines one by one, as text. `begin` and `resume` serve a reader of records that span lines.

    undecodable: what is wrong with the bytes of the record that are no text, in their order, as far as they are named.
    """

    def __init__(self, file: BinaryIO, encoding: str = "") -> None:
        """encoding: UTF-8 if empty, or UTF-16 if the file begins with its mark."""
        self._file = file
        self.count = 0
        self.too_long = False
        self.undecodable: list[str] = []
        self._texts: list[str] = []
        self._first = 1
        self._second_begins = 0
        self._name = encoding or "UTF-8"
        self._codec, signature = _codec(file.peek(4)[:4], encoding)  # type: ignore[attr-defined]  # Path.open("rb")
        self._width = _WIDTHS.get(self._codec, 1)
        self._newline = "\n".encode(self._codec)
        file.read(len(signature))

    @property
    def more_undecodable(self) -> str:
        """What is wrong with bytes that are not named one by one."""
        return f"more bytes of line {self.count} are not {self._name}"

    @property
    def record(self) -> str:
        """The text of the record so far, with its line breaks."""
        return "".join(self._texts)

    def begin(self) -> int:
        """The number of the next line, with which a record begins."""
        self._first = self.count + 1
        self._texts.clear()
        self.undecodable.clear()
        return self._first

    def resume(self) -> None:
        """Go back to the second line of the record, which is none."""
        self._file.seek(self._second_begins)
        self.count = self._first
        self.too_long = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        offset = self._file.tell()
        raw = self._line()
        if not raw:
            raise StopIteration
        self.count += 1
        if len(raw) >= LINE_BYTES and not raw.endswith(self._newline):
            self.too_long = True
            while (rest := self._line()) and not rest.endswith(self._newline):
                pass
        if self.count == self._first:
            self._second_begins = self._file.tell()
        try:
            text = raw.decode(self._codec)
        except UnicodeDecodeError:
            text = self._visible(raw, offset)
        self._texts.append(text)
        return text

    def _line(self) -> bytes:
        """To the end of the line, or LINE_BYTES of it and a little more."""
        raw = self._file.readline(LINE_BYTES)
        if self._width == 1:
            return raw
        while raw:
            raw += self._file.read(-len(raw) % self._width)
            if len(raw) >= LINE_BYTES or raw.endswith(self._newline) or not (more := self._file.readline(LINE_BYTES)):
                break
            raw += more
        return raw

    def _visible(self, raw: bytes, offset: int) -> str:
        """The text, with a surrogate for each byte that is none, and those bytes named."""
        text, start = "", 0
        for _ in range(_NAMED_BYTES):
            try:
                return text + raw[start:].decode(self._codec)
            except UnicodeDecodeError as err:
                text += raw[start : start + err.start].decode(self._codec)
                for place in range(start + err.start, start + err.end):
                    text += chr(0xDC00 + raw[place])
                    what = f"byte 0x{raw[place]:02X}, byte {offset + place} of the file, line {self.count}"
                    self.undecodable.append(f"{what}, is not {self._name}")
                start += err.end
        return text + raw[start:].decode(self._codec, "replace").replace("\ufffd", "\udcff")


def _codec(begin: bytes, encoding: str) -> tuple[str, bytes]:
    """The codec of a file and the mark that it begins with."""
    name = codecs.lookup(encoding).name if encoding else ""
    for mark, codec in _SIGNATURES.get(name, ()) if name else _BY_MARK:
        if begin.startswith(mark):
            return codec, mark
    return (f"{name}-le" if name in ("utf-16", "utf-32") else name or "utf-8"), b""
