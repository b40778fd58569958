"""The page of a package for the person: which data is held, then the privacy notice, then every field.

It can be read on paper and on a telephone, in any language of `texts/`, also from right to left; it has no script and
loads nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

import msgspec

from libs.packages.manifest import NotSearched
from libs.privacy.masking import MASK
from libs.subject_data import Section
from services.compliance.package.usecases.flattening import FlatRow, flat_values
from services.compliance.package.usecases.notice import render_notice
from services.compliance.package.usecases.styling import STYLE
from services.compliance.package.usecases.texts import SPOKEN, Texts
from services.compliance.package.usecases.unsearched import by_reason
from services.compliance.package.usecases.withholding import Withheld
from services.compliance.requests.domain.request import ALIASES_AT_MOST, ROUNDS_AT_MOST, SubjectRequest

Row = dict[str, Any]
Known = tuple[str, dict[str, dict[str, None]]]  # the name of a field, and its values with the services that have them

# The fields of a person, in the order in which people look for them.
PERSON_FIELDS = ("name", "email", "phone", "address", "job_title", "locale", "person_id")
# Paths of technical fields, which mean nothing to the person: ids, hashes, versions, counters.
_TECHNICAL = re.compile(
    r"(^|[._])(id|ids|version|etag|keys?|hash|hashes|sha256|signature|object_name|records|imported_as|round|terms|sweep_time)"
    r"(\[\d+\])?([._]|$)|_(id|ids|count|version)(\[\d+\])?$"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class ShownSection(NamedTuple):
    """The rows of one kind as the page shows them. readable: one table per row, without technical fields. complete: one
    table per row, with all fields. persons: the persons in the rows that are not masked, each once; they are all the
    data subject. has_text: whether a row has free text that is not masked."""

    service: str
    section: Section
    readable: tuple[str, ...]
    complete: tuple[str, ...]
    persons: tuple[Row, ...]
    has_text: bool


def show_section(texts: Texts, service: str, section: Section, rows: Sequence[FlatRow]) -> ShownSection:
    """The tables of a section. rows: its rows, flattened."""
    shapes = {paths: _Shape(paths) for paths in dict.fromkeys(row.paths for row in rows)}
    shown = [(row, shapes[row.paths], row.treated(escape, escape)) for row in rows]
    persons = (person for row in rows for person in row.persons if person["name"] != MASK)
    return ShownSection(
        service,
        section,
        readable=tuple(shape.readable(texts, row, cells) for row, shape, cells in shown),
        complete=tuple(shape.complete(cells) for _, shape, cells in shown),
        persons=tuple({msgspec.json.encode(one): one for one in persons}.values()),
        has_text=any(shape.has_text(row) for row, shape, _ in shown),
    )


class _Shape:
    """The labels of the fields in rows with these paths."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._labels = [_label(path) for path in paths]
        words = ((place, path) for place, path in enumerate(paths) if not _TECHNICAL.search(path))
        self._readable = [(place, _label(_words(path))) for place, path in words]
        self._texts = [place for place, path in enumerate(paths) if path.endswith(".text")]

    def readable(self, texts: Texts, row: FlatRow, cells: Sequence[str]) -> str:
        """The table without technical fields. cells: the values of the row, escaped."""
        values = row.values
        return _table(
            [
                label + (_spoken(texts, values[place], cells[place]) if values[place][0] in SPOKEN else cells[place])
                for place, label in self._readable
                if values[place]
            ]
        )

    def complete(self, cells: Sequence[str]) -> str:
        """The table with all fields."""
        return _table([label + cell for label, cell in zip(self._labels, cells, strict=True) if cell])

    def has_text(self, row: FlatRow) -> bool:
        """Whether the row has free text that is not masked."""
        return any(row.values[place] not in ("", MASK) for place in self._texts)


def render_page(
    texts: Texts,
    request: SubjectRequest,
    sections: Sequence[ShownSection],
    withheld: Sequence[Withheld],
    not_searched: Sequence[NotSearched],
    *,
    cell: str,
    missing: Sequence[str] = (),
) -> bytes:
    """One HTML page in UTF-8. withheld: what was left out. not_searched: fields that were not searched for the person.
    missing: services that have not answered."""
    known = tuple(_known_of_person(sections))
    return b"\n".join(
        line.encode()
        for line in (
            *_heading(texts, request, missing),
            *_records(texts, sections, known),
            *render_notice(
                texts,
                regime=request.regime.name,
                services=tuple(dict.fromkeys(one.service for one in sections if one.section.rows)),
                systems=sorted(set(_systems(sections))),
                categories=[name for name, _ in known],
                has_text=any(one.has_text for one in sections),
                withheld=withheld,
                cell=cell,
            ),
            *_not_searched(texts, not_searched),
            *_every_field(texts, sections),
            "</main></body></html>\n",
        )
    )


def _heading(texts: Texts, request: SubjectRequest, missing: Sequence[str]) -> Iterator[str]:
    title = escape(texts.text("page.title"))
    yield f'<!doctype html><html lang="{texts.tag}" dir="{texts.direction}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{title}</title>'
    yield f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>"
    yield f'<p class="number"><bdi>{escape(request.id)}</bdi></p>'
    yield f"<p>{escape(texts.text('page.asked', date=request.receive_time))}</p>"
    if missing:
        named = texts.listed([texts.service(one) for one in missing])
        yield f'<p class="warning">{escape(texts.text("page.partial", services=named))}</p>'
    else:
        yield f"<p>{escape(texts.text('page.answered'))}</p>"
    if left := len(request.unsearched_hashes):
        by_rounds = request.search_rounds >= ROUNDS_AT_MOST
        why = ("rounds", ROUNDS_AT_MOST) if by_rounds else ("aliases", ALIASES_AT_MOST)
        stopped = "" if missing else texts.text(f"page.stopped_{why[0]}", limit=why[1])
        yield f'<p class="warning">{escape(stopped)} {escape(texts.text("page.unsearched", count=left))}</p>'


def _records(texts: Texts, sections: Sequence[ShownSection], known: Sequence[Known]) -> Iterator[str]:
    """The records about the person, without technical fields."""
    found = [one for one in sections if one.section.rows]
    if not found:
        yield f'<p class="warning">{escape(texts.text("page.nothing"))}</p>'
        return
    count = sum(len(one.section.rows) for one in found)
    yield f"<p><b>{escape(texts.text('page.records', count=count))}</b></p>"
    yield f"<table>{_columns(texts, 'part', 'kind', 'count')}<tbody>"
    for one in found:
        yield f"<tr><td>{_title(texts, one)}<td>{_kind(texts, one)}<td>{len(one.section.rows)}"
    yield f"</tbody></table><h2>{escape(texts.text('page.you'))}</h2>"
    yield f"<table>{_columns(texts, 'field', 'value', 'stored_in')}<tbody>"
    for name, values in known:
        for value, services in values.items():
            where = texts.listed([texts.service(one) for one in services])
            yield f'<tr><th scope="row">{escape(texts.text(f"person.{name}"))}<td dir="auto">{escape(value)}'
            yield f"<td>{escape(where)}"
    yield "</tbody></table>"
    yield f"<p>{escape(texts.text('page.records_note'))}</p>"
    for one in found:
        yield f"<h2>{_section_title(texts, one)}</h2>"
        yield from one.readable


def _not_searched(texts: Texts, found: Sequence[NotSearched]) -> Iterator[str]:
    if not found:
        return
    yield f"<h1>{escape(texts.text('page.not_searched'))}</h1><p>{escape(texts.text('page.not_searched_note'))}</p>"
    for reason, entries in by_reason(found):
        yield f"<h3>{escape(texts.text(f'meaning.{reason}'))}</h3>"
        yield f"<table>{_columns(texts, 'part', 'kind', 'count', 'fields')}<tbody>"
        for one in entries:
            count = texts.text("label.or_more", count=one.documents) if one.more else str(one.documents)
            yield f"<tr><td>{escape(texts.service(one.service))}<td>{escape(texts.kind(one.kind))}"
            yield f'<td>{escape(count)}<td><span lang="en" dir="ltr">{escape(", ".join(one.fields))}</span>'
        yield "</tbody></table>"


def _every_field(texts: Texts, sections: Sequence[ShownSection]) -> Iterator[str]:
    yield f"<h1>{escape(texts.text('page.every_field'))}</h1><p>{escape(texts.text('page.every_field_note'))}</p>"
    for one in sections:
        yield f"<h2>{_section_title(texts, one)}</h2>"
        yield from one.complete


def _known_of_person(sections: Sequence[ShownSection]) -> Iterator[Known]:
    """The fields of the person that have values, in the order of PERSON_FIELDS, each value with the services that have
    it."""
    persons = [(one.service, person) for one in sections for person in one.persons]
    for name in PERSON_FIELDS:
        values: dict[str, dict[str, None]] = {}
        for service, person in persons:
            if value := _in_one_line(person[name]):
                values.setdefault(value, {})[service] = None
        if values:
            yield name, values


def _in_one_line(value: object) -> str:
    return value if isinstance(value, str) else ", ".join(filter(None, flat_values(value)))


def _systems(sections: Sequence[ShownSection]) -> Iterator[str]:
    """The systems from which rows were imported."""
    for one in sections:
        for row in one.section.rows:
            if source := row.get("external_source"):
                yield str(source)


def _words(path: str) -> str:
    return path.replace("_", " ").replace(".", ", ")


def _title(texts: Texts, one: ShownSection) -> str:
    return escape(texts.service(one.service))


def _kind(texts: Texts, one: ShownSection) -> str:
    return escape(texts.kind(one.section.kind))


def _section_title(texts: Texts, one: ShownSection) -> str:
    names = {"service": texts.service(one.service), "kind": texts.kind(one.section.kind)}
    return escape(texts.text("page.section", **names, count=len(one.section.rows)))


def _columns(texts: Texts, *labels: str) -> str:
    cells = "".join(f'<th scope="col">{escape(texts.text(f"label.{one}"))}' for one in labels)
    return f"<thead><tr>{cells}</thead>"


def _label(name: str) -> str:
    return f'<tr><th scope="row" lang="en" dir="ltr">{escape(name)}<td dir="auto">'


def _spoken(texts: Texts, value: str, cell: str) -> str:
    """A value as the language of the page writes it, escaped. cell: the value as it is, escaped."""
    spoken = texts.value(value)
    return cell if spoken is value else escape(spoken)


def _table(lines: Iterable[str]) -> str:
    return f'<table class="record"><tbody>{"".join(lines)}</tbody></table>'
