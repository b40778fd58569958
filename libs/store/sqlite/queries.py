"""A query as one statement that walks one index, so that a page costs the same however many rows there are."""

from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from libs.store.codec import IndexValue, Segment, Span, index_value, segments, serving_index
from libs.store.port import Query
from libs.store.sqlite.plan import column, quoted
from libs.store.sqlite.schema import index_name


class Statement(NamedTuple):
    """SQL and its parameters."""

    text: str
    parameters: list[IndexValue]


def statement(query: Query[Any], limit_rows: int, first: Literal["body", "version"] = "body") -> Statement:
    """The statement for the first `limit_rows` rows of the query after its cursor; `first` is the first column, the id
    the last. UndeclaredQuery, LimitExceeded, InvalidInput."""
    table = _table(query)
    key = [column(query.order), "id"] if query.order else ["id"]
    order = ", ".join(f"{one} DESC" if query.descending else one for one in key)
    parts = [_part(query, segment) for segment in segments(query)]
    selects = [
        f"SELECT {first}, {', '.join(key)} FROM {table}{' WHERE ' + where if where else ''} ORDER BY {order} LIMIT ?"
        for where, _ in parts
    ]
    parameters = [one for _, values in parts for one in (*values, limit_rows)]
    if len(selects) == 1:
        return Statement(selects[0], parameters)
    both = " UNION ALL ".join(f"SELECT * FROM ({one})" for one in selects)
    return Statement(f"SELECT * FROM ({both}) ORDER BY {order} LIMIT ?", [*parameters, limit_rows])


def counting(query: Query[Any]) -> Statement:
    """The statement that counts the rows of the query, up to one more than `count_up_to`. Raises as `statement`."""
    table, (only,) = _table(query), segments(replace(query, cursor=""))
    where, values = _part(query, only)
    first = f"SELECT 1 FROM {table}{' WHERE ' + where if where else ''} LIMIT ?"
    return Statement(f"SELECT count(*) FROM ({first})", [*values, query.count_up_to + 1])


def _table(query: Query[Any]) -> str:
    index = serving_index(query)
    table = quoted(query.kind.name)
    if index is None:
        return table
    return f"{table} INDEXED BY {quoted(index_name(query.kind, index))}"  # otherwise SQLite may use another, and sort


def _part(query: Query[Any], segment: Segment) -> tuple[str, list[IndexValue]]:
    """The SQL condition of one segment, and its parameters."""
    terms, values = [], list[IndexValue]()

    def add(term: str, *more: IndexValue) -> None:
        terms.append(term)
        values.extend(more)

    for field, value in query.equals.items():
        found = index_value(value)
        if found is None:
            add(f"{column(field)} IS NULL")
        else:
            add(f"{column(field)} = ?", found)
    after = "<" if query.descending else ">"
    if segment.span is Span.NONE:
        add(f"{column(query.order)} IS NULL")
    if segment.span is Span.SOME:
        _bounds(query, segment, add)
    if segment.keyed:
        add(f"({column(query.order)}, id) {after} (?, ?)", segment.value, segment.id)
    elif segment.id:
        add(f"id {after} ?", segment.id)
    return " AND ".join(terms), values


def _bounds(query: Query[Any], segment: Segment, add: Any) -> None:
    name = column(query.order)
    if query.at_least is not None:
        add(f"{name} >= ?", index_value(query.at_least))
    if query.below is not None:
        add(f"{name} < ?", index_value(query.below))
    if query.at_least is None and query.below is None and not segment.keyed:
        add(f"{name} IS NOT NULL")
