"""The page of a package for the person: which data is held, then the privacy notice, then every field."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from libs.packages.manifest import NotSearched
from libs.person import Person
from libs.privacy.masking import MASK
from libs.subject_data import Section
from services.compliance.package.domain import privacy_notice
from services.compliance.package.usecases.rendering import FlatRow, flat
from services.compliance.package.usecases.unsearched import documents, meanings
from services.compliance.requests.domain.request import SubjectRequest

Row = dict[str, Any]
Known = tuple[str, dict[str, dict[str, None]]]  # the label of a field, and its values with the services that have them

_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2em auto;max-width:60em;padding:0 1em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}h1{margin-top:2em}"
)
_PERSON = frozenset(Person.__struct_fields__)
# Paths of technical fields, which mean nothing to the person: ids, hashes, versions, counters.
_TECHNICAL = re.compile(
    r"(^|[._])(id|ids|version|etag|keys?|hash|hashes|sha256|signature|object_name|records|imported_as|round|terms|sweep_time)"
    r"(\[\d+\])?([._]|$)|_(id|ids|count|version)(\[\d+\])?$"
)


class ShownSection(NamedTuple):
    """The rows of one kind as the page shows them. readable: one table per row, without technical fields. complete: one
    table per row, with all fields. has_text: whether a row has free text that is not masked."""

    service: str
    section: Section
    readable: tuple[str, ...]
    complete: tuple[str, ...]
    has_text: bool


def show_section(service: str, section: Section, rows: Sequence[FlatRow]) -> ShownSection:
    """The tables of a section. rows: its rows, flattened."""
    return ShownSection(
        service,
        section,
        readable=tuple(_table((_words(name), value) for name, value in _readable(row)) for row in rows),
        complete=tuple(_table(row) for row in rows),
        has_text=any(_has_text(row) for row in rows),
    )


def render_page(
    request: SubjectRequest,
    sections: Sequence[ShownSection],
    withheld: Sequence[str],
    not_searched: Sequence[NotSearched],
    *,
    cell: str,
) -> bytes:
    """One HTML page in UTF-8, without scripts and external resources. withheld: one sentence for each thing left out.
    not_searched: fields that were not searched for the person."""
    known = tuple(_known_of_person(sections))
    return "\n".join(
        [
            *_heading(request),
            *_records(sections, known),
            *_notice(request, sections, known, withheld, cell=cell),
            *_not_searched(not_searched),
            *_every_field(sections),
        ]
    ).encode()


def _heading(request: SubjectRequest) -> Iterator[str]:
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


def _records(sections: Sequence[ShownSection], known: Sequence[Known]) -> Iterator[str]:
    """The records about the person, without technical fields."""
    found = [one for one in sections if one.section.rows]
    if not found:
        yield "<p><b>Nothing is stored about you.</b></p>"
        return
    count = sum(len(one.section.rows) for one in found)
    yield f"<p><b>{count} record{'s' if count > 1 else ''} about you:</b></p><table>"
    for one in found:
        yield f"<tr><td>{_title(one.service)}<td>{_kind(one.section)}<td>{len(one.section.rows)}"
    yield "</table><h2>You, as we know you</h2><table>"
    for label, values in known:
        for value, services in values.items():
            yield f"<tr><th>{label}<td>{escape(value)}<td>{', '.join(_title(one) for one in services)}"
    yield "</table>"
    for one in found:
        yield f"<h2>{_title(one.service)}: {_kind(one.section)} ({len(one.section.rows)})</h2>"
        yield from one.readable


def _notice(
    request: SubjectRequest,
    sections: Sequence[ShownSection],
    known: Sequence[Known],
    withheld: Sequence[str],
    *,
    cell: str,
) -> Iterator[str]:
    """The information of Art. 15(1)(a) to (h) and 15(2) GDPR."""
    yield "<h1>Why it is stored, and what you can do</h1><table>"
    for service in dict.fromkeys(one.service for one in sections if one.section.rows):
        if processing := privacy_notice.PROCESSING.get(service):
            yield f"<tr><th>{processing.title}<td>{processing.purpose} <i>From:</i> {processing.source}"
    sources = (row.get("external_source") for one in sections for row in one.section.rows)
    if systems := sorted({str(source) for source in sources if source}):
        yield f"<tr><th>Imported from<td>{escape(', '.join(systems))}"
    kinds = [label for label, _ in known]
    written = ["what was written by you or about you"] if any(one.has_text for one in sections) else []
    yield f"<tr><th>Kinds of data<td>{', '.join([*kinds, *written]) or 'none'}"
    yield f"<tr><th>Who sees it<td>{privacy_notice.RECIPIENTS}"
    yield f"<tr><th>Where it is<td>In the part of this system called {escape(cell)}, and in no other."
    yield f"<tr><th>How long<td>{privacy_notice.RETENTION}"
    yield f"<tr><th>What is not shown<td>{'<br>'.join(escape(one) for one in withheld)}"
    yield f"<tr><th>Decisions by machine<td>{privacy_notice.AUTOMATION}"
    yield f"<tr><th>Your rights<td>{privacy_notice.rights(request.regime)}"
    yield "</table>"


def _not_searched(found: Sequence[NotSearched]) -> Iterator[str]:
    if not found:
        return
    yield "<h1>Where nobody looked for you</h1>"
    yield "<p>You were looked for by your addresses and numbers. What is below was not read for it.</p>"
    for meaning, entries in meanings(found):
        yield f"<h2>{meaning}</h2><table><tr><th>Part<th>Records<th>How many<th>Fields"
        for one in entries:
            fields = escape(", ".join(one.fields))
            yield f"<tr><td>{_title(one.service)}<td>{_kind_name(one.kind)}<td>{documents(one)}<td>{fields}"
        yield "</table>"


def _every_field(sections: Sequence[ShownSection]) -> Iterator[str]:
    yield "<h1>Every field as it is stored</h1>"
    yield "<p>The same records with what machines keep beside them. manifest.json proves that nothing is missing.</p>"
    for one in sections:
        yield f"<h2>{escape(one.service)}: {escape(one.section.kind)} ({len(one.section.rows)})</h2>"
        yield from one.complete


def _known_of_person(sections: Sequence[ShownSection]) -> Iterator[Known]:
    """The fields of the person that have values, in the order of PERSON_FIELDS, each value with the services that have
    it."""
    persons = [(one.service, person) for one in sections for row in one.section.rows for person in _persons(row)]
    for name, label in privacy_notice.PERSON_FIELDS.items():
        values: dict[str, dict[str, None]] = {}
        for service, person in persons:
            if value := ", ".join(text for _, text in flat(person[name]) if text):
                values.setdefault(value, {})[service] = None
        if values:
            yield label, values


def _persons(value: object) -> Iterator[Row]:
    """The persons in a row that are not masked; each is the data subject."""
    if isinstance(value, dict):
        if value.keys() == _PERSON:
            if value["name"] != MASK:
                yield value
            return
        value = list(value.values())
    if isinstance(value, list | tuple):
        for below in value:
            yield from _persons(below)


def _has_text(row: FlatRow) -> bool:
    return any(name.endswith(".text") and value not in ("", MASK) for name, value in row)


def _readable(row: FlatRow) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in row if value and not _TECHNICAL.search(name))


def _words(path: str) -> str:
    return path.replace("_", " ").replace(".", ", ")


def _title(service: str) -> str:
    processing = privacy_notice.PROCESSING.get(service)
    return escape(processing.title if processing else service)


def _kind(section: Section) -> str:
    return _kind_name(section.kind)


def _kind_name(kind: str) -> str:
    return escape(privacy_notice.KIND_NAMES.get(kind, kind.replace("_", " ")))


def _table(lines: Iterable[tuple[str, str]]) -> str:
    shown = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in lines if value)
    return f"<table>{shown}</table><br>"
