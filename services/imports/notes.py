"""Notes about rows, and the outcome of the messages made of them."""

from enum import Enum

import msgspec

from services.imports.table import Row


class Outcome(Enum):
    """What a line of the report says about its row; SUM and TOTAL are about all rows of a mapping."""

    NOTICED = "NOTICED"
    LEFT_OUT = "LEFT_OUT"
    REFUSED = "REFUSED"
    NOT_YET = "NOT_YET"
    SUM = "SUM"
    TOTAL = "TOTAL"


class Fate(Enum):
    """The outcome of a message. CHANGED: what it was imported as before was updated. ACCEPTED: the RPC takes single
    messages and does not say whether it was new."""

    CREATED = "CREATED"
    UNCHANGED = "UNCHANGED"
    CHANGED = "CHANGED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    NOT_YET = "NOT_YET"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report.

    line: where the row starts in `file`; 0 concerns the file. rows: how many rows of the files go down with this line,
    each of them counted once over the whole report; 0 for a remark about rows that are counted elsewhere.
    """

    outcome: Outcome
    file: str
    line: int
    external_id: str = ""
    field: str = ""
    reason: str
    description: str
    rows: int = 0


def about(row: Row, outcome: Outcome, *, field: str = "", reason: str, description: str) -> Note:
    """A note on a row; who collects it adds the external id and what it counts for."""
    return Note(outcome=outcome, file=row.file, line=row.line, field=field, reason=reason, description=description)


def remarks(row: Row) -> list[Note]:
    """What was done to a row so that it can be used."""
    return [
        about(row, Outcome.NOTICED, field=one.field, reason=one.reason, description=one.description)
        for one in row.remarks
    ]
