"""The kinds of breaches and of the notices that were given, with their indexes."""

from libs.person import Person, persons_named
from libs.retention import When, retained
from libs.store.port import Index, Kind, Persons, Store, get
from services.compliance.breaches.domain.breach import Breach, BreachNotice
from services.compliance.breaches.domain.states import BreachState


def _in_facts(breach: Breach) -> tuple[Person, ...]:
    facts = breach.facts
    return persons_named(facts.what_happened, facts.consequences, facts.measures)


def _in_reason(notice: BreachNotice) -> tuple[Person, ...]:
    return persons_named(notice.delay_reason)


async def _breach(store: Store, notice: BreachNotice) -> Breach | None:
    loaded = await get(store, BREACHES, notice.breach_id)
    return loaded.value if loaded else None


_CLOSED: When[Breach] = When(
    starts=lambda breach: breach.close_time, applies=lambda breach: breach.state is BreachState.CLOSED
)

BREACHES: Kind[Breach] = Kind(
    "breach",
    Breach,
    (Index(("state",)), Index(("next_due_time",))),
    persons=Persons(of=_in_facts, retained=retained("compliance", "breach", {"closed": _CLOSED})),
)
NOTICES = Kind(
    "breach_notice",
    BreachNotice,
    (Index(("breach_id",)),),
    persons=Persons(
        of=_in_reason, retained=retained("compliance", "breach_notice", {"breach_closed": _CLOSED}), judged=_breach
    ),
)

KINDS = (BREACHES, NOTICES)
