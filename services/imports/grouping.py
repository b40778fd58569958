"""Rows of one key brought together, whatever order the file has, in memory that does not grow with the file.

A merge sort that keeps its runs in temporary files: rows are collected up to a bound, sorted by key, written out, and
the runs merged. A file below the bound never touches the disk.
"""

import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter
from typing import IO, NamedTuple

import msgspec

from services.imports.table import NotATable, Row

RUN_BYTES = 32 * 1024 * 1024
RUNS = 400  # open files at once
_LENGTH_BYTES = 4

Sortable = tuple[str, int, bytes]


class Group(NamedTuple):
    """The rows of one key in file order, and the rows of the second file that have the same key."""

    key: str
    rows: tuple[Row, ...]
    details: tuple[Row, ...] = ()


def by_key(rows: Iterable[Row], key: Callable[[Row], str], *, run_bytes: int = RUN_BYTES) -> Iterator[Group]:
    """The rows in groups of one key, keys in ascending order. NotATable above RUNS times `run_bytes`."""
    with ExitStack() as files:
        runs: list[Iterable[Sortable]] = []
        loaded: list[Sortable] = []
        size = 0
        for row in rows:
            packed = _pack(row)
            loaded.append((key(row), row.line, packed))
            size += len(packed)
            if size >= run_bytes:
                if len(runs) == RUNS:
                    raise NotATable(f"{row.file} is larger than {RUNS * run_bytes} bytes")
                runs.append(_spill(sorted(loaded), files))
                loaded, size = [], 0
        merged = heapq.merge(*runs, sorted(loaded))
        for found, group in groupby(merged, key=itemgetter(0)):
            yield Group(found, tuple(_unpack(packed) for _, _, packed in group))


def joined(headers: Iterator[Group], details: Iterator[Group]) -> Iterator[Group]:
    """Header groups with the detail rows of their key; a key that only the details have comes with no header."""
    nothing = Group("", ())
    header, detail = next(headers, nothing), next(details, nothing)
    while header.rows or detail.rows:
        if header.rows and (not detail.rows or header.key <= detail.key):
            same = header.key == detail.key and bool(detail.rows)
            yield Group(header.key, header.rows, detail.rows if same else ())
            header = next(headers, nothing)
            detail = next(details, nothing) if same else detail
        else:
            yield Group(detail.key, (), detail.rows)
            detail = next(details, nothing)


def _spill(rows: list[Sortable], files: ExitStack) -> Iterator[Sortable]:
    file = files.enter_context(tempfile.TemporaryFile(prefix="prm-import-"))  # noqa: SIM115  # `files` closes it
    for row in rows:
        raw = msgspec.msgpack.encode(row)
        file.write(len(raw).to_bytes(_LENGTH_BYTES, "big") + raw)
    file.seek(0)
    return _read(file)


def _read(file: IO[bytes]) -> Iterator[Sortable]:
    while length := file.read(_LENGTH_BYTES):
        yield _SORTABLE.decode(file.read(int.from_bytes(length, "big")))


def _pack(row: Row) -> bytes:
    return msgspec.msgpack.encode(row)


def _unpack(packed: bytes) -> Row:
    return _ROW.decode(packed)


_SORTABLE = msgspec.msgpack.Decoder(Sortable)
_ROW = msgspec.msgpack.Decoder(Row)
