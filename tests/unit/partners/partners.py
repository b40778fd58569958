"""Partners in any state, for the tests of partners."""

from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.partner import PartnerStatus
from services.partners.record.domain.partner import NAME_RULES, Partner, number_text
from services.partners.record.domain.profile import Profile
from services.partners.record.domain.states import ADMITTED, PartnerKind, StatusReason
from tests.builders import NOW, an_id

PROFILE = Profile(
    kind=PartnerKind.RESELLER,
    legal_name="Zweirad Union e.V.",
    country="DE",
    registration_id="136695976",
    registration_id_type=RegistrationIdType.VAT,
)


def a_partner(
    status: PartnerStatus = PartnerStatus.APPLIED,
    *,
    number: int = 1,
    kind: PartnerKind = PartnerKind.RESELLER,
    parent: str = "",
) -> Partner:
    """A partner with a seat in Germany, as it would be found in that state."""
    partner = Partner(
        id=an_id("ptn", number),
        kind=kind,
        legal_name=PROFILE.legal_name,
        country="DE",
        registration_id=PROFILE.registration_id,
        registration_id_type=PROFILE.registration_id_type,
        parent_partner_id=parent,
        status=status,
        name_key="4da1ba6d31af43b12c73ff66249d8caa",
        name_rules=NAME_RULES,
        apply_time=NOW,
        create_time=NOW,
        update_time=NOW,
    )
    if status in ADMITTED or status is PartnerStatus.TERMINATED:
        partner = replace(partner, activate_time=NOW)
    if status in (PartnerStatus.SUSPENDED, PartnerStatus.TERMINATED, PartnerStatus.REJECTED):
        partner = replace(partner, status_reason=StatusReason.OTHER)
    return replace(partner, registration_key=number_text(partner) or None)
