"""The page of a package for a person: what is held, then what the law wants told, then every field."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from libs.person import Person
from libs.privacy.masking import MASK
from libs.subject_data import Holdings, Section
from services.compliance.package.domain import privacy_notice
from services.compliance.package.usecases.rendering import flat
from services.compliance.package.usecases.withholding import withheld
from services.compliance.requests.domain.request import SubjectRequest

Row = dict[str, Any]

_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2em auto;max-width:60em;padding:0 1em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}h1{margin-top:2em}"
)
_PERSON = frozenset(Person.__struct_fields__)
# What says nothing to a person: numbers by which machines find each other, hashes, counters.
_MACHINERY = re.compile(
    r"(^|[._])(id|ids|version|etag|keys?|hash|hashes|sha256|signature|object_name|records|imported_as|round|terms|sweep_time)"
    r"(\[\d+\])?([._]|$)|_(id|ids|count|version)(\[\d+\])?$"
)


def render_page(request: SubjectRequest, held: tuple[Holdings, ...], cell: str) -> bytes:
    """One HTML page that needs nothing else and runs nothing."""
    return "\n".join([*_head(request), *_summary(held), *_told(request, held, cell), *_everything(held)]).encode()


def _head(request: SubjectRequest) -> Iterator[str]:
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(request.id)}</title>'
    yield f"<style>{_STYLE}</style><h1>What is stored about you</h1>"
    yield (
        f"<p>You asked on {request.receive_time.date().isoformat()}. Every part of the system was searched, and every "
        "part answered. Other persons in the same records, and what was written by or about them, are shown as ***.</p>"
    )
    if left := len(request.unsearched_hashes):
        yield (
            f"<p><b>This is not everything: {request.search_stopped}, and what may be stored under {left} more of the "
            "addresses and numbers that were found was not looked for.</b> Ask again, naming those that you see "
            "below.</p>"
        )


def _summary(held: tuple[Holdings, ...]) -> Iterator[str]:
    found = [(one, section) for one in held for section in one.sections if section.rows]
    if not found:
        yield "<p><b>Nothing is stored about you.</b></p>"
        return
    count = sum(len(section.rows) for _, section in found)
    yield f"<p><b>{count} record{'s' if count > 1 else ''} about you:</b></p><table>"
    for one, section in found:
        yield f"<tr><td>{_title(one.service)}<td>{_kind(section)}<td>{len(section.rows)}"
    yield "</table><h2>You, as we know you</h2><table>"
    for label, values in _facts(held):
        for value, places in values.items():
            yield f"<tr><th>{label}<td>{escape(value)}<td>{', '.join(_title(one) for one in places)}"
    yield "</table>"
    for one, section in found:
        yield f"<h2>{_title(one.service)}: {_kind(section)} ({len(section.rows)})</h2>"
        yield from (_table((_words(name), value) for name, value in _said(row)) for row in section.rows)


def _told(request: SubjectRequest, held: tuple[Holdings, ...], cell: str) -> Iterator[str]:
    """Art. 15(1)(a) to (h), 15(2)."""
    with_rows = [one for one in held if any(section.rows for section in one.sections)]
    yield "<h1>Why it is stored, and what you can do</h1><table>"
    for one in with_rows:
        if use := privacy_notice.PROCESSING.get(one.service):
            yield f"<tr><th>{use.title}<td>{use.purpose} <i>From:</i> {use.source}"
    if systems := sorted({str(row["external_source"]) for row in _rows(held) if row.get("external_source")}):
        yield f"<tr><th>Imported from<td>{escape(', '.join(systems))}"
    kinds = [label for label, _ in _facts(held)]
    written = ["what was written by you or about you"] if any(_texts(row) for row in _rows(held)) else []
    yield f"<tr><th>Kinds of data<td>{', '.join([*kinds, *written]) or 'none'}"
    yield f"<tr><th>Who sees it<td>{privacy_notice.RECIPIENTS}"
    yield f"<tr><th>Where it is<td>In the part of this system called {escape(cell)}, and in no other."
    yield f"<tr><th>How long<td>{privacy_notice.RETENTION}"
    yield f"<tr><th>What is not shown<td>{'<br>'.join(escape(one) for one in withheld(held))}"
    yield f"<tr><th>Decisions by machine<td>{privacy_notice.AUTOMATION}"
    yield f"<tr><th>Your rights<td>{privacy_notice.rights(request.regime)}"
    yield "</table>"


def _everything(held: tuple[Holdings, ...]) -> Iterator[str]:
    yield "<h1>Every field as it is stored</h1>"
    yield "<p>The same records with what machines keep beside them. manifest.json proves that nothing is missing.</p>"
    for one in held:
        for section in one.sections:
            yield f"<h2>{escape(one.service)}: {escape(section.kind)} ({len(section.rows)})</h2>"
            yield from (_table(flat(row)) for row in section.rows)


def _facts(held: tuple[Holdings, ...]) -> Iterator[tuple[str, dict[str, dict[str, None]]]]:
    """What of the person is known: for each fact its values, and for each of these the services, in order."""
    persons = [(one.service, person) for one in held for row in _rows((one,)) for person in _persons(row)]
    for name, label in privacy_notice.PERSON_FIELDS.items():
        values: dict[str, dict[str, None]] = {}
        for service, person in persons:
            if value := ", ".join(text for _, text in flat(person[name]) if text):
                values.setdefault(value, {})[service] = None
        if values:
            yield label, values


def _persons(value: object) -> Iterator[Row]:
    """Everybody in a row who is not masked, which is the person who asks."""
    if isinstance(value, dict):
        if value.keys() == _PERSON:
            if value["name"] != MASK:
                yield value
            return
        value = list(value.values())
    if isinstance(value, list | tuple):
        for below in value:
            yield from _persons(below)


def _texts(row: Row) -> bool:
    return any(name.endswith(".text") and value not in ("", MASK) for name, value in flat(row))


def _said(row: Row) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in flat(row) if value and not _MACHINERY.search(name))


def _rows(held: tuple[Holdings, ...]) -> Iterator[Row]:
    return (row for one in held for section in one.sections for row in section.rows)


def _words(path: str) -> str:
    return path.replace("_", " ").replace(".", ", ")


def _title(service: str) -> str:
    use = privacy_notice.PROCESSING.get(service)
    return escape(use.title if use else service)


def _kind(section: Section) -> str:
    return escape(privacy_notice.KIND_NAMES.get(section.kind, section.kind.replace("_", " ")))


def _table(lines: Iterator[tuple[str, str]]) -> str:
    shown = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in lines if value)
    return f"<table>{shown}</table><br>"
