"""The events of agreements; the protos document each of them."""

from datetime import date

import msgspec

from libs.rights import AgreementState, NamedClause, Place


class AgreementFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What other services check of an agreement."""

    state: AgreementState
    valid_from: date
    last_day: date | None
    product_lines: tuple[str, ...]
    places: tuple[Place, ...]
    registering: bool
    clauses: tuple[NamedClause, ...]


class AgreementEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The agreement, and what follows from it after the change."""

    agreement_id: str
    partner_id: str
    facts: AgreementFacts


class AgreementDrafted(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementRevised(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementSent(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementSigned(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementSuperseded(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementRenewed(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementNoticeGiven(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementTerminated(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementExpired(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementStarted(AgreementEvent, frozen=True, kw_only=True):
    pass


class AgreementWarned(AgreementEvent, frozen=True, kw_only=True):
    days: int
