"""The kind of decisions with its indexes; every service with four-eyes methods stores it beside its own kinds."""

from libs.decisions.decision import Decision, persons
from libs.store.port import Index, Kind, Persons

DECISIONS = Kind(
    "decision",
    Decision,
    (
        Index(("pending_key",), unique=True),
        Index(("due_at",)),
        Index(("resource_id",)),
        Index(("state",)),
    ),
    persons=Persons(of=persons),
)
