"""Imported partners, and the checks of values that contradict each other."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import asdict, replace

from libs.errors import Violation
from libs.partner import PartnerStatus
from libs.person import Person
from services.partners.contacts.domain import Contact, ContactRole
from services.partners.migration.events import PartnerImported
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import APPLYING, StatusReason
from services.partners.record.events import event_of


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the other system says of a partner beside its profile and its parent; fields as in Partner."""

    status: PartnerStatus
    status_reason: StatusReason | None
    tier: str
    tier_rank: int
    external_source: str
    external_id: str
    imported_as: str
    apply_time: datetime | None
    activate_time: datetime | None


def migrate(opened: Partner, standing: Standing) -> tuple[Partner, PartnerImported]:
    """The new partner in the state that the other system gives, and the event."""
    began = standing.apply_time or standing.activate_time or opened.create_time
    partner = replace(opened, **asdict(standing), create_time=began)
    return partner, event_of(PartnerImported, partner)


def contradictions(
    status: PartnerStatus,
    *,
    status_reason: StatusReason | None,
    tier: str,
    tier_rank: int,
    activate_time: datetime | None,
) -> Iterator[Violation]:
    """The violations of values that do not go with the state, and of a tier without a rank."""
    if bool(tier) != bool(tier_rank):
        yield Violation("tier_rank", "tier and rank are given together", "REQUIRED_TOGETHER")
    never_admitted = status in APPLYING or status is PartnerStatus.REJECTED
    for field, given in (("tier", tier), ("activate_time", activate_time)):
        if given and never_admitted:
            yield Violation(field, f"a partner in {status.name} has none", "NOT_WITH_STATUS")
    if status_reason is not None and status in APPLYING:
        yield Violation("status_reason", f"a partner in {status.name} has none", "NOT_WITH_STATUS")


def differing_contacts(
    kept: Sequence[Contact], sent: Sequence[tuple[Person, tuple[ContactRole, ...]]]
) -> Iterator[str]:
    """The path of every person of a row who is no contact in these words, and `contacts` where there are more contacts
    than the row has persons."""
    known = {(replace(one.person, person_id=""), frozenset(one.roles)) for one in kept}
    for place, (person, roles) in enumerate(sent):
        if (replace(person, person_id=""), frozenset(roles)) not in known:
            yield f"contacts[{place}]"
    if len(kept) > len(sent):
        yield "contacts"
