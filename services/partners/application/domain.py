"""All transitions of a partner from application to termination; the `record` slice defines from which states each is
allowed."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from libs.country import RegistrationIdType
from libs.document import Changes
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.partner import CreditProposal, PartnerStatus
from libs.person import PersonalText, PostalAddress
from services.partners.application.events import (
    PartnerApplied,
    PartnerApproved,
    PartnerReinstated,
    PartnerRejected,
    PartnerSuspended,
    PartnerTerminated,
    PartnerTierSet,
    PartnerUpdated,
    PartnerVettingStarted,
)
from services.partners.record.domain.partner import Partner, open_partner, profile_of
from services.partners.record.domain.profile import Profile, examined
from services.partners.record.domain.states import (
    ADMITTED,
    ENDED,
    MAY_APPROVE,
    MAY_REINSTATE,
    MAY_REJECT,
    MAY_SET_TIER,
    MAY_START_VETTING,
    MAY_SUSPEND,
    MAY_TERMINATE,
    MAY_UPDATE,
    PartnerKind,
    StatusReason,
)
from services.partners.record.events import event_of, facts_of

_NUMBER = frozenset({"registration_id", "registration_id_type"})


class PartnerChanges(Changes, frozen=True, kw_only=True):
    """The fields that an update may set: those of Profile except the country, and the parent."""

    kind: PartnerKind | UnsetType | None = UNSET
    legal_name: str | UnsetType = UNSET
    trade_name: str | UnsetType = UNSET
    sole_trader: bool | UnsetType = UNSET
    registration_id: str | UnsetType = UNSET
    registration_id_type: RegistrationIdType | UnsetType | None = UNSET
    domain: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    address: PostalAddress | UnsetType | None = UNSET
    parent_partner_id: str | UnsetType = UNSET


class RegistrationIdMissing(AppError):
    """A partner cannot be ACTIVE or SUSPENDED without a registration id."""

    code, reason = Code.FAILED_PRECONDITION, "REGISTRATION_ID_MISSING"

    def __init__(self, id: str) -> None:
        super().__init__(f"partner {id} cannot be ACTIVE or SUSPENDED without a registration id", id=id)


class TierSetByProgram(AppError):
    """The partner is in a programme, which decides its tier."""

    code, reason = Code.FAILED_PRECONDITION, "TIER_SET_BY_PROGRAM"

    def __init__(self, id: str, program: str) -> None:
        super().__init__(
            f"programme {program} decides the tier of partner {id}; OverrideTier gives it another for a time",
            id=id,
            program=program,
        )


class LevelGiven(Struct, frozen=True, kw_only=True):
    """What a level gives a partner, in the fields of Partner; the default: nothing, in no programme."""

    program: str = ""
    tier: str = ""
    tier_rank: int = 0
    claim_limit: int | None = None
    protection_days: int | None = None
    lead_weight: int | None = None
    credit_proposal: CreditProposal | None = None


def apply(id: str, profile: Profile, *, parent_partner_id: str, now: datetime) -> tuple[Partner, PartnerApplied]:
    """A new partner in APPLIED, and the event; the profile must be checked before."""
    partner = replace(open_partner(id, profile, parent_partner_id=parent_partner_id, now=now), apply_time=now)
    return partner, event_of(PartnerApplied, partner)


def update(partner: Partner, changes: PartnerChanges, *, now: datetime) -> tuple[Partner, PartnerUpdated]:
    """The partner with fields of the profile and the parent replaced, and the event; `hierarchy` checks the parent.
    WrongState, InvalidInput, RegistrationIdMissing."""
    _require(partner, "update", MAY_UPDATE)
    given = changes.given()
    mine = {name: value for name, value in given.items() if name != "parent_partner_id"}
    profile, wrong = examined(replace(profile_of(partner), **mine), mine)
    if changes.kind is None:
        wrong.append(Violation("kind", "cannot be emptied", "REQUIRED"))
    missing = sorted(_NUMBER - given.keys()) if _NUMBER & given.keys() else ()
    wrong += [Violation("update_mask", f"needs {name} too", "REQUIRED_TOGETHER") for name in missing]
    if wrong:
        raise InvalidInput(wrong)
    if partner.status in ADMITTED and partner.registration_id and not profile.registration_id:
        raise RegistrationIdMissing(partner.id)
    parent = partner.parent_partner_id if changes.parent_partner_id is UNSET else changes.parent_partner_id
    changed = replace(partner, **asdict(profile), parent_partner_id=parent, update_time=now)
    event = PartnerUpdated(partner_id=partner.id, facts=facts_of(changed), fields=tuple(sorted(given)))
    return changed, event


def renewed(partner: Partner) -> tuple[Partner, PartnerUpdated]:
    """The partner with its keys by the current rules, and the event, which names no field."""
    return partner, PartnerUpdated(partner_id=partner.id, facts=facts_of(partner), fields=())


def start_vetting(partner: Partner, *, now: datetime) -> tuple[Partner, PartnerVettingStarted]:
    """The applicant in VETTING, and the event; WrongState."""
    _require(partner, "start vetting", MAY_START_VETTING)
    changed = _in_status(partner, PartnerStatus.VETTING, now)
    return changed, event_of(PartnerVettingStarted, changed)


def approve(partner: Partner, *, now: datetime) -> tuple[Partner, PartnerApproved]:
    """The partner in ACTIVE, and the event; WrongState, RegistrationIdMissing."""
    _require(partner, "approve", MAY_APPROVE)
    if not partner.registration_id:
        raise RegistrationIdMissing(partner.id)
    changed = replace(_in_status(partner, PartnerStatus.ACTIVE, now), activate_time=now)
    return changed, event_of(PartnerApproved, changed)


def reject(
    partner: Partner, reason: StatusReason, *, note: PersonalText | None, now: datetime
) -> tuple[Partner, PartnerRejected]:
    """The applicant in REJECTED, and the event; WrongState."""
    _require(partner, "reject", MAY_REJECT)
    changed = _with_reason(_in_status(partner, PartnerStatus.REJECTED, now), reason, note)
    return changed, PartnerRejected(partner_id=partner.id, facts=facts_of(changed), status_reason=reason)


def suspend(
    partner: Partner, reason: StatusReason, *, note: PersonalText | None, now: datetime
) -> tuple[Partner, PartnerSuspended]:
    """The partner in SUSPENDED, and the event; WrongState."""
    _require(partner, "suspend", MAY_SUSPEND)
    changed = _with_reason(_in_status(partner, PartnerStatus.SUSPENDED, now), reason, note)
    return changed, PartnerSuspended(partner_id=partner.id, facts=facts_of(changed), status_reason=reason)


def reinstate(partner: Partner, *, note: PersonalText | None, now: datetime) -> tuple[Partner, PartnerReinstated]:
    """The partner in ACTIVE again, and the event; WrongState. The reason of the suspension stays on record; a note
    given now replaces the earlier one."""
    _require(partner, "reinstate", MAY_REINSTATE)
    changed = replace(_in_status(partner, PartnerStatus.ACTIVE, now), status_note=note or partner.status_note)
    return changed, event_of(PartnerReinstated, changed)


def terminate(
    partner: Partner, reason: StatusReason, *, note: PersonalText | None, now: datetime
) -> tuple[Partner, PartnerTerminated]:
    """The partner in TERMINATED, which is final, and the event; its users no longer see its downline. WrongState."""
    _require(partner, "terminate", MAY_TERMINATE)
    changed = replace(
        _with_reason(_in_status(partner, PartnerStatus.TERMINATED, now), reason, note), sees_downline=False
    )
    return changed, PartnerTerminated(partner_id=partner.id, facts=facts_of(changed), status_reason=reason)


def set_tier(partner: Partner, tier: str, rank: int, *, now: datetime) -> tuple[Partner, PartnerTierSet]:
    """The partner with this tier, and the event; WrongState, TierSetByProgram."""
    _require(partner, "set the tier", MAY_SET_TIER)
    if partner.program:
        raise TierSetByProgram(partner.id, partner.program)
    changed = replace(partner, tier=tier, tier_rank=rank, update_time=now)
    return changed, event_of(PartnerTierSet, changed)


def give_level(partner: Partner, given: LevelGiven, *, now: datetime) -> tuple[Partner, PartnerTierSet]:
    """The partner with what its level in a programme gives it, and the event; in any state."""
    changed = replace(partner, **asdict(given), update_time=now)
    return changed, event_of(PartnerTierSet, changed)


def _require(partner: Partner, action: str, allowed: frozenset[PartnerStatus]) -> None:
    require_state("partner", partner.id, partner.status, action=action, allowed=allowed)


def _in_status(partner: Partner, status: PartnerStatus, now: datetime) -> Partner:
    key = None if status in ENDED else partner.registration_key  # the number is free again
    return replace(partner, status=status, registration_key=key, update_time=now)


def _with_reason(partner: Partner, reason: StatusReason, note: PersonalText | None) -> Partner:
    return replace(partner, status_reason=reason, status_note=note)
