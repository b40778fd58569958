"""The fields that were not searched and may name the person, in each format of a package. Without this list a reader
would take the package for complete."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from libs.packages.manifest import NotSearched
from libs.privacy.unsought import What
from libs.subject_data import Holdings
from services.compliance.package.usecases.rendering import render_csv

MEANING = {
    What.TEXT: "Free text. It may name you; it is found only where a record has your address or number beside it.",
    What.NAME: "Persons. Somebody who is written down with a name alone, without address or number, is not found.",
    What.FIELD: "Other fields: logins of users, organisations, words for goods and work. They may name you.",
}


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
    """CSV by RFC 4180, one row per field; columns service, kind, what, field, documents."""
    return render_csv(
        tuple(
            (
                ("service", one.service),
                ("kind", one.kind),
                ("what", one.what),
                ("field", field),
                ("documents", documents(one)),
            )
            for one in found
            for field in one.fields
        )
    )


def meanings(found: Sequence[NotSearched]) -> Iterator[tuple[str, Sequence[NotSearched]]]:
    """For each reason with entries: its explanation for the person, and these entries."""
    for what, meaning in MEANING.items():
        if entries := [one for one in found if one.what == what.name]:
            yield meaning, entries


def documents(one: NotSearched) -> str:
    """The number of documents of the kind, as text; "<n> or more" if not all were counted."""
    return f"{one.documents} or more" if one.more else str(one.documents)
