"""Creates the tables, columns and indexes that the kinds declare, in new files and in files of an earlier release.

The name of an index is its whole definition, so indexes with equal names are equal.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from libs.store.codec import decode, indexed_fields, reader
from libs.store.port import Index, Kind, UniqueViolation
from libs.store.sqlite.plan import column, quoted

_ROWS_PER_BATCH = 500


def index_name(kind: Kind[Any], index: Index) -> str:
    """The definition of an index as its name: `deal: partner_id, number; unique; where open = 1`."""
    parts = [f"{kind.name}: {', '.join(index.fields)}"]
    if index.unique:
        parts.append("unique")
    if index.where:
        parts.append("where " + " and ".join(f"{field} = {_literal(value)}" for field, value in index.where))
    return "; ".join(parts)


def ensure(connection: sqlite3.Connection, kinds: Iterable[Kind[Any]]) -> None:
    """Change the file to what the kinds declare, or leave it as it was. UniqueViolation if the rows violate a new
    unique index; sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for kind in kinds:
            _ensure(connection, kind)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _ensure(connection: sqlite3.Connection, kind: Kind[Any]) -> None:
    # Rowid tables: WITHOUT ROWID keeps the body in the id's tree and is 2.7 times slower above 1 kB.
    # A new table has its columns at once, because each ALTER TABLE would read the whole schema anew.
    indexed = "".join(f", {quoted(f'ix.{field}')}" for field in sorted(indexed_fields(kind)))
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {quoted(kind.name)} "
        f"(id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, body BLOB NOT NULL{indexed})"
    )
    wanted = {index_name(kind, index): index for index in kind.indexes}
    there = set(_indexes(connection, kind))
    for name in there - set(wanted):
        connection.execute(f"DROP INDEX {quoted(name)}")
    _columns(connection, kind)
    for name, index in wanted.items():
        if name not in there:
            _create(connection, kind, index)


def _indexes(connection: sqlite3.Connection, kind: Kind[Any]) -> Iterator[str]:
    made = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    return (name for (name,) in connection.execute(made, (kind.name,)))


def _columns(connection: sqlite3.Connection, kind: Kind[Any]) -> None:
    table, wanted = quoted(kind.name), {f"ix.{field}" for field in indexed_fields(kind)}
    info = connection.execute("SELECT name FROM pragma_table_info(?)", (kind.name,))
    there = {name for (name,) in info if name.startswith("ix.")}
    for name in sorted(there - wanted):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {quoted(name)}")
    for name in sorted(wanted - there):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(name)}")
    if wanted - there:
        _fill(connection, kind)


def _fill(connection: sqlite3.Connection, kind: Kind[Any]) -> None:
    """Write the indexed fields of every row that exists."""
    table, values = quoted(kind.name), reader(kind)
    sets = ", ".join(f"{column(field)} = ?" for field in indexed_fields(kind))
    last = 0
    while rows := connection.execute(
        f"SELECT rowid, body FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {_ROWS_PER_BATCH}", (last,)
    ).fetchall():
        changes = [(*values(decode(kind, body).value), rowid) for rowid, body in rows]
        connection.executemany(f"UPDATE {table} SET {sets} WHERE rowid = ?", changes)
        last = rows[-1][0]


def _create(connection: sqlite3.Connection, kind: Kind[Any], index: Index) -> None:
    """Create an index. A unique one does not end with the id, which would make every row differ. In SQLite NULLs differ
    from each other, so rows with None are exempt, as the port demands. UniqueViolation."""
    columns = [column(field) for field in index.fields]
    if not index.unique:
        columns.append("id")
    where = " AND ".join(f"{column(field)} = {_literal(value)}" for field, value in index.where)
    try:
        connection.execute(
            f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {quoted(index_name(kind, index))} "
            f"ON {quoted(kind.name)} ({', '.join(columns)}){' WHERE ' + where if where else ''}"
        )
    except sqlite3.IntegrityError as err:
        raise UniqueViolation(kind.name, index.name) from err


def _literal(value: str | int | bool) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(int(value))
