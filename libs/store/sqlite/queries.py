"""A query as one statement that walks one index, so that a page costs the same however many rows there are."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from libs.store.codec import IndexValue, Segment, Span, check_bounds, index_value, segments, serving_index
from libs.store.port import Query
from libs.store.sqlite.plan import column, quoted
from libs.store.sqlite.schema import index_name

Shape = tuple[object, ...]
"""What the text of a statement depends on, beside its kind: everything but the values."""


class Statement(NamedTuple):
    """SQL and its parameters."""

    text: str
    parameters: list[IndexValue]


def statement(
    query: Query[Any], limit_rows: int, first: Literal["body", "version"] = "body", *, texts: dict[Shape, str]
) -> Statement:
    """The statement for the first `limit_rows` rows of the query after its cursor; `first` is the first column, the id
    the last. texts: the texts of the kind by shape, as far as they are known; a new one is added. UndeclaredQuery,
    LimitExceeded, InvalidInput."""
    check_bounds(query)
    parts = segments(query)
    equal = {field: index_value(value) for field, value in query.equals.items()}
    bounds = [index_value(one) for one in (query.at_least, query.below) if one is not None]
    absent = tuple((field, value is None) for field, value in equal.items())
    bounded = (query.at_least is not None, query.below is not None)
    spans = tuple((one.span, bool(one.id), one.keyed) for one in parts)
    shape = (first, absent, query.order, query.descending, bounded, spans)
    if (text := texts.get(shape)) is None:
        text = texts[shape] = _text(query, parts, first)
    parameters: list[IndexValue] = []
    for one in parts:
        parameters += _values(equal, bounds, one)
        parameters.append(limit_rows)
    if len(parts) > 1:
        parameters.append(limit_rows)
    return Statement(text, parameters)


def counting(query: Query[Any]) -> Statement:
    """The statement that counts the rows of the query, up to one more than `count_up_to`. Raises as `statement`."""
    check_bounds(query)
    table, (only,) = _table(query), segments(replace(query, cursor=""))
    equal = {field: index_value(value) for field, value in query.equals.items()}
    bounds = [index_value(one) for one in (query.at_least, query.below) if one is not None]
    where = _where(query, only)
    first = f"SELECT 1 FROM {table}{' WHERE ' + where if where else ''} LIMIT ?"
    return Statement(f"SELECT count(*) FROM ({first})", [*_values(equal, bounds, only), query.count_up_to + 1])


def _text(query: Query[Any], parts: Sequence[Segment], first: str) -> str:
    table = _table(query)
    key = [column(query.order), "id"] if query.order else ["id"]
    order = ", ".join(f"{one} DESC" if query.descending else one for one in key)
    selects = [
        f"SELECT {first}, {', '.join(key)} FROM {table}{' WHERE ' + where if where else ''} ORDER BY {order} LIMIT ?"
        for where in (_where(query, one) for one in parts)
    ]
    if len(selects) == 1:
        return selects[0]
    both = " UNION ALL ".join(f"SELECT * FROM ({one})" for one in selects)
    return f"SELECT * FROM ({both}) ORDER BY {order} LIMIT ?"


def _table(query: Query[Any]) -> str:
    index = serving_index(query)
    table = quoted(query.kind.name)
    if index is None:
        return table
    return f"{table} INDEXED BY {quoted(index_name(query.kind, index))}"  # otherwise SQLite may use another, and sort


def _where(query: Query[Any], segment: Segment) -> str:
    """The SQL condition of one segment; `_values` has its parameters."""
    terms = [f"{column(field)} {'IS NULL' if value is None else '= ?'}" for field, value in query.equals.items()]
    name, after = column(query.order), "<" if query.descending else ">"
    if segment.span is Span.NONE:
        terms.append(f"{name} IS NULL")
    if segment.span is Span.SOME:
        if query.at_least is not None:
            terms.append(f"{name} >= ?")
        if query.below is not None:
            terms.append(f"{name} < ?")
        if query.at_least is None and query.below is None and not segment.keyed:
            terms.append(f"{name} IS NOT NULL")
    if segment.keyed:
        terms.append(f"({name}, id) {after} (?, ?)")
    elif segment.id:
        terms.append(f"id {after} ?")
    return " AND ".join(terms)


def _values(equal: Mapping[str, IndexValue], bounds: Sequence[IndexValue], segment: Segment) -> list[IndexValue]:
    """The parameters of `_where`, in their order. equal: the values of the equalities. bounds: those of the order."""
    values: list[IndexValue] = [one for one in equal.values() if one is not None]
    if segment.span is Span.SOME:
        values += bounds
    if segment.keyed:
        values += (segment.value, segment.id)
    elif segment.id:
        values.append(segment.id)
    return values
