"""The fields that were not searched and may name the person, in each format of a package. Without this list a reader
would take the package for complete."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from libs.packages.manifest import NotSearched
from libs.privacy.unsought import What
from libs.subject_data import Holdings
from services.compliance.package.usecases.flattening import FlatRow
from services.compliance.package.usecases.rendering import render_csv

_COLUMNS = ("service", "kind", "what", "field", "documents")


def unsearched(loaded: Iterable[Holdings]) -> tuple[NotSearched, ...]:
    """The fields that each service did not search, by service and kind."""
    return tuple(
        NotSearched(one.service, part.kind, part.what.name, part.fields, part.documents, part.more)
        for one in loaded
        for part in one.not_searched
    )


def lines_of(found: Iterable[NotSearched]) -> bytes:
    """JSON Lines, one entry per line."""
    return b"".join(msgspec.json.encode(one) + b"\n" for one in found)


def table_of(found: Sequence[NotSearched]) -> bytes:
    """CSV by RFC 4180, one row per field."""
    return render_csv(
        [
            FlatRow(_COLUMNS, (one.service, one.kind, one.what, field, documents(one)))
            for one in found
            for field in one.fields
        ]
    )


def by_reason(found: Sequence[NotSearched]) -> Iterator[tuple[str, Sequence[NotSearched]]]:
    """For each reason with entries: its name, and these entries."""
    for what in What:
        if entries := [one for one in found if one.what == what.name]:
            yield what.name, entries


def documents(one: NotSearched) -> str:
    """The number of documents of the kind, as text; "<n> or more" if not all were counted."""
    return f"{one.documents} or more" if one.more else str(one.documents)
