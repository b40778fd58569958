"""The SQL statements of a kind, prepared as text before the first write, and the parameters of each write."""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from libs.store.codec import decode, encode_put, indexed_fields, reader
from libs.store.lanes import Lane
from libs.store.port import Index, Kind, LimitExceeded, Put, StoreError, UniqueViolation, VersionConflict, Write

Value = str | int | bytes | None


def quoted(name: str) -> str:
    """A name, quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def column(field: str) -> str:
    """The column of an indexed field, quoted for SQL."""
    return quoted(f"ix.{field}")


class Plan:
    """The statements of one kind. A put of version 1 inserts, so that the unique index of the id detects a conflict;
    any other write names the version it replaces and changes no row if another version is stored."""

    __slots__ = ("_many", "_values", "delete", "get", "insert", "kind", "queries", "update", "violated")

    def __init__(self, kind: Kind[Any]) -> None:
        table, fields = quoted(kind.name), indexed_fields(kind)
        columns = ["id", "version", "body", *map(column, fields)]
        sets = ", ".join(f"{one} = ?" for one in columns[1:])
        self.kind = kind
        self.queries: dict[tuple[object, ...], str] = {}  # by shape; only code decides which there are
        self.get = f"SELECT body FROM {table} WHERE id = ?"
        self._many = f"SELECT body FROM {table} WHERE id IN "
        self.insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})"
        self.update = f"UPDATE {table} SET {sets} WHERE id = ? AND version = ?"
        self.delete = f"DELETE FROM {table} WHERE id = ? AND version = ?"
        self.violated = {_complaint(kind, index): index.name for index in kind.indexes if index.unique}
        self._values = reader(kind)

    def get_many(self, ids: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """The statement that reads one or more ids, and its parameters. The last id is repeated up to a power of two,
        so that there are few different statements to prepare."""
        size = 1 << (len(ids) - 1).bit_length()
        return f"{self._many}({', '.join('?' * size)})", (*ids, *[ids[-1]] * (size - len(ids)))

    def step(self, write: Write, lane: Lane) -> "Step | NumberedStep":
        """The write as a statement; LimitExceeded for a document above 1 MiB. lane: gives the number of a write with a
        `place` when it runs."""
        if isinstance(write, Put) and write.place is not None:
            return NumberedStep(self, write, lane)
        return self._step(write)

    def load(self, connection: sqlite3.Connection, documents: Sequence[bytes]) -> None:
        """Insert documents as they are in one transaction. VersionConflict or UniqueViolation if the store has one of
        them already, OlderRelease if one is not of this kind; sqlite3.Error."""
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            for body in documents:
                value = decode(self.kind, body).value
                parameters = (value.id, value.version, body, *self._values(value))
                if (refusal := Step(self, value.id, self.insert, parameters).run(cursor)) is not None:
                    raise refusal
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def _step(self, write: Write) -> "Step":
        if not isinstance(write, Put):
            return Step(self, write.id, self.delete, (write.id, write.version))
        document = write.document
        version, body, values = document.version, encode_put(write), self._values(document)
        assert version >= 1, f"{document.id}: a put needs the version it makes, see create and Loaded.put"
        if version == 1:
            return Step(self, document.id, self.insert, (document.id, version, body, *values))
        return Step(self, document.id, self.update, (version, body, *values, document.id, version - 1))


class Step(NamedTuple):
    """One write, ready to run."""

    plan: Plan
    id: str
    statement: str
    parameters: tuple[Value, ...]

    def run(self, cursor: sqlite3.Cursor) -> StoreError | None:
        """Run the statement; the error if the stored rows do not allow it, else None. sqlite3.Error if SQLite fails."""
        try:
            if cursor.execute(self.statement, self.parameters).rowcount == 1:
                return None
        except sqlite3.IntegrityError as err:
            index = self.plan.violated.get(str(err))
            if index is not None and not self._stands_in_its_own_way(cursor):
                return UniqueViolation(self.plan.kind.name, index)
        return VersionConflict(self.plan.kind.name, self.id)

    def _stands_in_its_own_way(self, cursor: sqlite3.Cursor) -> bool:
        """Whether the document that the step creates exists already; SQLite may check its unique values before its id,
        so it conflicts with itself."""
        if self.statement is not self.plan.insert:
            return False
        return cursor.execute(self.plan.get, (self.id,)).fetchone() is not None


class NumberedStep:
    """A write that gets its number when it first runs, and keeps it when it runs again."""

    __slots__ = ("_lane", "_plan", "_put", "_step")

    def __init__(self, plan: Plan, put: Put[Any], lane: Lane) -> None:
        self._plan = plan
        self._put = put
        self._lane = lane
        self._step: Step | None = None

    def run(self, cursor: sqlite3.Cursor) -> StoreError | None:
        """As Step.run; may return LimitExceeded too."""
        if self._step is None:
            try:
                self._step = self._plan._step(self._lane.number(self._put))
            except LimitExceeded as err:
                return err
        return self._step.run(cursor)


def _complaint(kind: Kind[Any], index: Index) -> str:
    """How SQLite says that a unique index was violated; the id's own index is the only other one there is."""
    return "UNIQUE constraint failed: " + ", ".join(f"{kind.name}.ix.{field}" for field in index.fields)
