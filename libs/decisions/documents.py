"""The kind of decisions with its indexes; every service with four-eyes methods stores it beside its own kinds."""

from libs.decisions.decision import Decision, DecisionState, persons
from libs.retention import When, retained
from libs.store.port import Index, Kind, Persons

DECISIONS: Kind[Decision] = Kind(
    "decision",
    Decision,
    (
        Index(("pending_key",), unique=True),
        Index(("due_at",)),
        Index(("resource_id",)),
        Index(("state",)),
    ),
    persons=Persons(
        of=persons,
        retained=retained(
            "",
            "decision",
            {
                "pending": When(
                    starts=lambda decision: decision.due_at,
                    applies=lambda decision: decision.state is DecisionState.PENDING,
                )
            },
        ),
    ),
)
