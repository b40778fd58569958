"""The draft of a notice, in English, made of what the register knows.

The content follows GDPR Art. 33(3) and 34(2), which ask for no less than the other laws: what happened, which data and
how many persons, whom to ask, the likely consequences, the measures.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from services.compliance.breaches.domain.breach import Breach
from services.compliance.breaches.domain.states import BreachKind, BreachRisk, NoticeAddressee
from services.compliance.clocks.domain.regimes import Regime

LANGUAGE = "en"

_KINDS = {
    BreachKind.CONFIDENTIALITY: "data was seen or obtained by somebody without a right to it",
    BreachKind.INTEGRITY: "data was altered",
    BreachKind.AVAILABILITY: "data was lost or could not be reached",
}
_RISKS = {
    BreachRisk.UNLIKELY: "A risk for the persons is unlikely.",
    BreachRisk.LIKELY: "There is a risk for the persons.",
    BreachRisk.HIGH: "The risk for the persons is high.",
}


class Controller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is responsible for the data, from the settings; empty if not set. contact: where to ask about privacy."""

    name: str = ""
    address: str = ""
    contact: str = ""


class Draft(NamedTuple):
    """A draft. missing: what a notice should say and is not known."""

    text: str
    missing: tuple[str, ...]


def draft(breach: Breach, regime: Regime, addressee: NoticeAddressee, controller: Controller, *, zone: str) -> Draft:
    """The notice to an addressee under a law. Times are those of the cell's zone."""
    parts = (_to_authority if addressee is NoticeAddressee.AUTHORITY else _to_persons)(breach, regime, controller, zone)
    text = "\n\n".join(f"{title}\n{body}" if title else body for title, body in parts)
    return Draft(text, tuple(_missing(breach, controller)))


def _to_authority(breach: Breach, regime: Regime, controller: Controller, zone: str) -> Iterator[tuple[str, str]]:
    facts = breach.facts
    basis = next((one.legal_basis for one in breach.clocks if one.regime is regime), regime.name)
    yield "", f"Notice of a breach of the security of personal data ({basis})"
    yield "Controller", _known(controller.name) + (f", {controller.address}" if controller.address else "")
    yield "Contact for further information", _known(controller.contact)
    yield "What happened", f"{facts.what_happened.text}\nNature: {'; '.join(_KINDS[one] for one in facts.kinds)}."
    yield (
        "When",
        f"It happened: {_when(facts.happen_time, zone)}. We know of it since {_when(breach.aware_time, zone)}.",
    )
    yield "Which data, of whom", "\n".join(_extent(breach))
    yield "Likely consequences", f"{_text(breach, 'consequences')}\n{_RISKS[facts.risk]}"
    yield "Measures", _text(breach, "measures")
    yield "Reference", f"Our register: {breach.id}"


def _to_persons(breach: Breach, _: Regime, controller: Controller, zone: str) -> Iterator[tuple[str, str]]:
    facts = breach.facts
    yield "", "About your personal data"
    yield (
        "",
        f"{_known(controller.name)} has to tell you that the security of personal data, which includes yours, was "
        f"breached. We know of it since {_when(breach.aware_time, zone)}.",
    )
    yield "What happened", facts.what_happened.text
    yield "Which of your data", ", ".join(facts.categories)
    yield "What this may mean for you", f"{_text(breach, 'consequences')}\n{_RISKS[facts.risk]}"
    yield "What we do, and what you can do", _text(breach, "measures")
    yield "Whom to ask", _known(controller.contact)


def _extent(breach: Breach) -> Iterator[str]:
    facts = breach.facts
    yield f"Categories of data: {', '.join(facts.categories)}"
    yield f"Persons affected: {f'about {facts.person_count:,}' if facts.person_count else 'not known yet'}"
    yield f"Records affected: {f'about {facts.record_count:,}' if facts.record_count else 'not known yet'}"
    yield f"Countries: {', '.join(facts.countries)}"


def _missing(breach: Breach, controller: Controller) -> Iterator[str]:
    facts = breach.facts
    known = {
        "controller_name": controller.name,
        "controller_contact": controller.contact,
        "happen_time": facts.happen_time,
        "person_count": facts.person_count,
        "record_count": facts.record_count,
        "consequences": facts.consequences,
        "measures": facts.measures,
    }
    yield from (name for name, value in known.items() if not value)


def _text(breach: Breach, field: str) -> str:
    text = getattr(breach.facts, field)
    return text.text if text is not None and text.text else "Not known yet."


def _known(value: str) -> str:
    return value or "[not set]"


def _when(at: datetime | None, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}" if at else "not known yet"
