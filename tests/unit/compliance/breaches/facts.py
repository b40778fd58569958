"""A breach for tests; valid unless the test says otherwise."""

from datetime import UTC, datetime
from typing import Any

from libs.person import PersonalText
from services.compliance.breaches.domain.breach import Breach, BreachFacts, NoticeClock, record
from services.compliance.breaches.domain.clocks import clocks_of
from services.compliance.breaches.domain.states import BreachKind, BreachRisk

AWARE = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)  # a Friday, 10:00 in Berlin
ZONE = "Europe/Berlin"


def facts_of(*countries: str, **fields: Any) -> BreachFacts:
    """What is known of a breach of persons in these countries."""
    content: dict[str, Any] = {
        "what_happened": PersonalText(text="A laptop was stolen."),
        "kinds": (BreachKind.CONFIDENTIALITY,),
        "categories": ("user.name", "user.contact.email"),
        "person_count": 1200,
        "risk": BreachRisk.HIGH,
        "countries": countries or ("DE",),
        **fields,
    }
    return BreachFacts(**content)


def clocks(*countries: str, aware: datetime = AWARE, critical: bool = False, **fields: Any) -> tuple[NoticeClock, ...]:
    """The clocks of such a breach."""
    return clocks_of(facts_of(*countries, **fields), aware, zone=ZONE, critical=critical)


def breach_of(*countries: str, **fields: Any) -> Breach:
    """Such a breach, recorded when it became known."""
    facts = facts_of(*countries, **fields)
    found = clocks_of(facts, AWARE, zone=ZONE, critical=False)
    return record(facts, found, id="brc_local_1", aware=AWARE, now=AWARE)[0]
