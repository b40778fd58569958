"""From files to messages that keep every rule of their proto, without a server: all that `--dry-run` does.

Every row that is read ends in exactly one place: in a message, left out, refused, or with another mapping.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from google.protobuf.message import Message
from msgspec.structs import replace
from protovalidate import Validator

from libs.country import ANYWHERE, Cell, Directory
from libs.errors import AppError, InvalidInput, WrongCell
from libs.rpc.decode import MAX_REQUEST_BYTES, Decoder
from services.imports.files import Files
from services.imports.grouping import Group, by_key, joined
from services.imports.mapping import MappingFile, MappingMistakes, Remark, Test
from services.imports.notes import Note, Outcome, about, remarks
from services.imports.plan import compile_plan
from services.imports.rules import Rules, Settled, holds, number
from services.imports.scope import Scope
from services.imports.table import Problem, Row, Table
from services.imports.target import NoSuchTarget, Target, find

BATCH_BYTES = MAX_REQUEST_BYTES - 64 * 1024
_NO_COLUMN = "there is no column"
_KEY_SEPARATOR = "\x1f"
_NOWHERE = Directory(Cell(code="import", countries=(ANYWHERE,), time_zone="UTC", currency="USD"))


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """The message and notes made of the rows of one key. message: None if nothing is to be sent; rows: how many it
    stands for."""

    external_id: str = ""
    message: Message | None = None
    notes: tuple[Note, ...] = ()
    origin: tuple[str, int] = ("", 0)
    rows: int = 0


class Preparation:
    """One mapping over the files of one folder. MappingMistakes if they do not fit; then nothing is read further.

    rows_read and rows_elsewhere count while it is iterated, once.
    """

    def __init__(self, mapping: MappingFile, folder: Path) -> None:
        self.document = mapping.document
        self.rows_read = 0
        self.rows_elsewhere = 0
        mistakes: list[str] = []
        self._files = files = Files(mapping.document, folder, mistakes)
        self._source = files.open(self.document.source)
        details = self.document.details
        self._details = files.open(details.file, details) if details else None
        lookups = {name: files.load(one) for name, one in self.document.lookups.items()}
        target = _target(self.document.rpc, mistakes)
        if mistakes or self._source is None or target is None:
            raise MappingMistakes(mapping.name, mistakes)
        self.target = target
        header = self._source.columns
        columns = {"row": header, "header": header, "details": self._details.columns if self._details else ()}
        try:
            self._plan = compile_plan(mapping, target, columns, lookups)
        except MappingMistakes as err:
            raise MappingMistakes(mapping.name, [*err.mistakes, *self._known_columns(err.mistakes)]) from err
        single = self._plan.row_wheres is None and self.document.key and not self.document.folds
        self._alike: Settled = frozenset(("row", column) for column in header) if single else frozenset()
        self._rules = Rules(self.document.rules)
        self._checker = Decoder(target.row, Validator(), _NOWHERE)
        self._remarked: dict[int, tuple[Row, int]] = {}

    def _known_columns(self, mistakes: Iterable[str]) -> Iterator[str]:
        """Which columns the files have, if one was sought that they have not."""
        if any(_NO_COLUMN in one for one in mistakes):
            for table in filter(None, (self._source, self._details)):
                named = ", ".join(one if one == one.strip() and one else repr(one) for one in table.columns)
                yield f"{table.path.name} has the columns {named}"

    def __iter__(self) -> Iterator[Prepared]:
        """Everything the files hold, by key; at the end the remarks."""
        yield Prepared(notes=tuple(self._files.noticed))
        unkeyed: list[Row] = []
        headers = by_key(self._read(self._source, unkeyed), self._key)
        if self._details is not None:
            headers = joined(headers, by_key(self._read(self._details, unkeyed), self._detail_key))
        for group in headers:
            yield self._prepare(group)
            while unkeyed:
                yield _refused(unkeyed.pop(), 1)
        while unkeyed:
            yield _refused(unkeyed.pop(), 1)
        said = self.document.remarks
        yield Prepared(notes=tuple(_remarked(said[n], row, count) for n, (row, count) in self._remarked.items()))

    def _read(self, table: Table | None, unkeyed: list[Row]) -> Iterator[Row]:
        for found in table or ():
            row = found.without_controls() if self.document.controls else found
            self.rows_read += 1
            if not row.values:
                unkeyed.append(row)
                continue
            if table is self._source:
                if not holds(self.document.where, row.values):
                    self.rows_elsewhere += 1
                    continue
                self._remark(row)
            yield row

    def _remark(self, row: Row) -> None:
        for position, remark in enumerate(self.document.remarks):
            if holds(remark.where, row.values):
                first, count = self._remarked.get(position, (row, 0))
                self._remarked[position] = (first, count + 1)

    def _key(self, row: Row) -> str:
        return _KEY_SEPARATOR.join(row.values[column] for column in self.document.key)

    def _detail_key(self, row: Row) -> str:
        assert self.document.details is not None
        return _KEY_SEPARATOR.join(row.values[column] for column in self.document.details.key)

    def _prepare(self, group: Group) -> Prepared:
        name = group.key.replace(_KEY_SEPARATOR, "/")
        if broken := self._broken(group):
            return Prepared(external_id=name, notes=_named(_counted(broken, group), name))
        group, notes = self._usable(self._ordered(group))
        if not group.rows:
            return Prepared(external_id=name, notes=_named(_counted(notes, group), name))
        scope = Scope(group, self._rules.settled(group) | self._alike)
        scope.notes = [*_remarks(group), *notes]
        message = self._plan.build(scope)
        if not scope.refused:
            self._check(message, scope)
        external_id = str(getattr(message, "external_id", "") or name)
        first = group.rows[0]
        return Prepared(
            external_id=external_id,
            message=None if scope.refused else message,
            notes=_named(_counted(scope.notes, group), external_id),
            origin=(first.file, first.line),
            rows=len(group.rows) + len(group.details),
        )

    def _broken(self, group: Group) -> list[Note]:
        """Why nothing can be made of the group: a row that cannot be read, or none that has a key."""
        notes = [_problem(row, problem) for row in (*group.rows, *group.details) for problem in row.problems]
        if self.document.key and not group.key.replace(_KEY_SEPARATOR, ""):
            what = f"{', '.join(self.document.key)} is empty"
            rows = (*group.rows, *group.details)
            notes += [about(row, Outcome.REFUSED, reason="NO_KEY", description=what) for row in rows]
        return notes

    def _ordered(self, group: Group) -> Group:
        if self.document.details is None or not (column := self.document.details.order):
            return group
        details = sorted(group.details, key=lambda row: (number(row.values.get(column, "")) or 0, row.line))
        return Group(group.key, group.rows, tuple(details))

    def _usable(self, group: Group) -> tuple[Group, list[Note]]:
        """The rows a message may be made of, and what there is to say of the others; refused ones stay in the group."""
        if not group.rows:
            return group, _headless(group)
        group, notes = self._rules.apply(group)
        unused = [*_unused(group.rows, self._plan.row_wheres), *_unused(group.details, self._plan.detail_wheres)]
        notes += [
            about(row, Outcome.LEFT_OUT, reason="NOT_USED", description="the mapping has no place for it")
            for row in unused
        ]
        group = _without(group, unused)
        if self._alike:
            group = _single(group, notes)
        return group, notes if group.rows else notes + _headless(group)

    def _check(self, message: Message, scope: Scope) -> None:
        try:
            self._checker.check(message)
        except InvalidInput as err:
            for found in err.violations:
                scope.say_at(found.field, found.reason, found.description)
        except WrongCell:
            pass  # which ids are of its own cell, only the cell knows
        except AppError as err:
            scope.say_at("", err.reason, err.message)
        if (size := message.ByteSize()) > BATCH_BYTES:
            scope.say_at("", "TOO_LARGE", f"has {size} bytes, {BATCH_BYTES} are allowed")


def _named(notes: tuple[Note, ...], external_id: str) -> tuple[Note, ...]:
    return tuple(replace(note, external_id=external_id) for note in notes)


def _target(path: str, mistakes: list[str]) -> Target | None:
    try:
        return find(path)
    except NoSuchTarget as err:
        mistakes.append(str(err))
        return None


def _refused(row: Row, rows: int) -> Prepared:
    """A row that could not be read at all, so that nobody knows which message it belongs to."""
    return Prepared(notes=tuple(replace(_problem(row, problem), rows=rows) for problem in row.problems[:1]))


def _remarks(group: Group) -> list[Note]:
    return [note for row in (*group.rows, *group.details) for note in remarks(row)]


def _problem(row: Row, problem: Problem) -> Note:
    return about(row, Outcome.REFUSED, field=problem.field, reason=problem.reason, description=problem.description)


def _remarked(remark: Remark, row: Row, count: int) -> Note:
    description = f"{remark.say} ({count} rows, this is the first)"
    return about(row, Outcome.NOTICED, reason=remark.reason, description=description)


def _headless(group: Group) -> list[Note]:
    what = "there is no row of the first file with its key"
    return [about(row, Outcome.LEFT_OUT, reason="NO_HEADER", description=what) for row in group.details]


def _unused(rows: tuple[Row, ...], wheres: tuple[Mapping[str, Test], ...] | None) -> list[Row]:
    return [] if wheres is None else [row for row in rows if not any(holds(where, row.values) for where in wheres)]


def _without(group: Group, gone: list[Row]) -> Group:
    places = {(row.file, row.line) for row in gone}
    if not places:
        return group
    rows = tuple(row for row in group.rows if (row.file, row.line) not in places)
    return Group(group.key, rows, tuple(row for row in group.details if (row.file, row.line) not in places))


def _single(group: Group, notes: list[Note]) -> Group:
    """A message of one row: copies of it are left out, other rows under its key refused."""
    copies = []
    for row in group.rows[1:]:
        first = group.rows[0]
        if row.values == first.values:
            copies.append(row)
            what = f"says the same as line {first.line}"
            notes.append(about(row, Outcome.LEFT_OUT, reason="COPY", description=what))
        else:
            what = f"says something else under the key of line {first.line}"
            notes.append(about(row, Outcome.REFUSED, reason="KEY_TAKEN", description=what))
    return _without(group, copies)


def _counted(notes: list[Note], group: Group) -> tuple[Note, ...]:
    """The notes, each row that goes down counted once: with its own note if left out, else with the first refusal."""
    left_out: set[tuple[str, int]] = set()
    rest = len(group.rows) + len(group.details)
    counted = []
    for note in notes:
        rows = 0
        if note.outcome is Outcome.LEFT_OUT and (note.file, note.line) not in left_out:
            left_out.add((note.file, note.line))
            rows = 1
        elif note.outcome is Outcome.REFUSED:
            rows, rest = rest, 0
        counted.append(replace(note, rows=rows) if rows else note)
    return tuple(counted)
