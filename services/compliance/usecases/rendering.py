"""Rows as JSON Lines, as a table, and as a page that a person can read."""

import csv
import io
from collections.abc import Iterator
from html import escape

import msgspec

from libs.privacy.subject_data import Holdings, Section
from services.compliance.domain.request import SubjectRequest

# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_STYLE = "body{font:16px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3em}"
_INTRO = (
    "This page shows what is stored about you. Each section names the service that stores it. "
    "Other persons in the same rows are shown as ***. manifest.json proves that nothing is missing."
)


def render_lines(section: Section) -> bytes:
    """JSON Lines, one row a line."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in section.rows)


def render_schema(section: Section) -> bytes:
    """The JSON Schema of a row."""
    return msgspec.json.format(msgspec.json.encode(section.schema))


def render_csv(section: Section) -> bytes:
    """RFC 4180 with a header; nested fields by path (`customer.country`, `lines[0].sku`)."""
    rows = [{_harmless(name): _harmless(value) for name, value in _flat(row)} for row in section.rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    if columns:
        writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def render_html(request: SubjectRequest, held: tuple[Holdings, ...]) -> bytes:
    """One page with everything."""
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(request.id)}</title>',
        f"<style>{_STYLE}</style><h1>What is stored about you</h1><p>{_INTRO}</p>",
        f"<p>Request {escape(request.id)}, received {request.receive_time.date().isoformat()}.</p>",
    ]
    for one in held:
        for section in one.sections:
            parts.append(f"<h2>{escape(one.service)}: {escape(section.kind)} ({len(section.rows)})</h2>")
            parts += [_table(row) for row in section.rows]
    return "\n".join(parts).encode()


def _table(row: dict[str, object]) -> str:
    lines = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in _flat(row) if value)
    return f"<table>{lines}</table><br>"


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _flat(below, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for place, below in enumerate(value):
            yield from _flat(below, f"{path}[{place}]")
    else:
        yield path, "" if value is None else str(value)


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
