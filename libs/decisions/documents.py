"""What a service with four-eyes methods stores beside its own kinds, and by what it is found."""

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
