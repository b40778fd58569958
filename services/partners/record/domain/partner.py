"""What a partner is made of."""

from datetime import datetime

from msgspec.structs import asdict, replace

from libs.company_name import name_form
from libs.country import RegistrationIdType
from libs.document import Document
from libs.partner import PartnerStatus
from libs.person import Person, PersonalText, PostalAddress
from services.partners.record.domain.profile import FIELDS, Profile
from services.partners.record.domain.states import ENDED, PartnerKind, StatusReason

NAME_RULES = 1  # raised when `name_form` gives other results; the name keys are then made again
TRADERS_OWN = (
    "legal_name",
    "trade_name",
    "name_key",
    "registration_id",
    "registration_key",
    "domain",
    "phone",
    "address",
)


NAME_START = 3  # letters and digits by which names are found


class Partner(Document, frozen=True, kw_only=True):
    """An organisation that sells for the vendor; up to `address` as in its profile, but for `person_id`.

    person_id: of a sole trader, who can be known by nothing else; empty for any other organisation.
    sees_downline: its agreement lets its people see the rows of everybody below it.
    registration_key: what no two partners share that have not ended; None where there is nothing to share.
    name_key: what two ways to write its legal name have in common, made by the rules `name_rules`; 0: not made yet.
    imported_as: recognises the row that it was imported from.
    """

    kind: PartnerKind
    legal_name: str
    trade_name: str = ""
    sole_trader: bool = False
    person_id: str = ""
    country: str
    registration_id: str = ""
    registration_id_type: RegistrationIdType | None = None
    domain: str = ""
    phone: str = ""
    address: PostalAddress | None = None
    status: PartnerStatus = PartnerStatus.APPLIED
    status_reason: StatusReason | None = None
    status_note: PersonalText | None = None
    parent_partner_id: str = ""
    tier: str = ""
    tier_rank: int = 0
    sees_downline: bool = False
    registration_key: str | None = None
    name_key: str | None = None
    name_rules: int = 0
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    apply_time: datetime | None = None
    activate_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def name_form(self) -> str:
        """The legal name as it is compared with others."""
        return name_form(self.legal_name, self.country)

    @property
    def name_start(self) -> str:
        """How that begins, for an index."""
        return self.name_form[:NAME_START]

    @property
    def ended(self) -> bool:
        """Whether it is no partner any more, or never became one."""
        return self.status in ENDED

    @property
    def sells_on(self) -> bool:
        """Whether others may buy from it."""
        return self.kind is PartnerKind.DISTRIBUTOR


def open_partner(id: str, profile: Profile, *, parent_partner_id: str, now: datetime) -> Partner:
    """A new partner in APPLIED; the profile is a checked one."""
    return with_key(
        Partner(id=id, **asdict(profile), parent_partner_id=parent_partner_id, create_time=now, update_time=now)
    )


def with_key(partner: Partner) -> Partner:
    """The partner with the keys that follow from the rest of it."""
    form = name_form(partner.legal_name, partner.country)
    return replace(
        partner,
        registration_key=registration_key(partner),
        name_key=f"{partner.country}:{form}" if form else None,
        name_rules=NAME_RULES,
    )


def profile_of(partner: Partner) -> Profile:
    """What the partner says about itself."""
    return Profile(**{name: getattr(partner, name) for name in FIELDS})


def registration_key(partner: Partner) -> str | None:
    """The key under which its registration id is taken; None without one, or once the partner has ended."""
    if partner.ended or not partner.registration_id or partner.registration_id_type is None:
        return None
    return f"{partner.country}:{partner.registration_id_type.name}:{partner.registration_id}"


def trader(partner: Partner) -> Person | None:
    """Who a sole trader is; None for a company. The fields `TRADERS_OWN` are then a person's."""
    if not partner.sole_trader:
        return None
    return Person(person_id=partner.person_id, name=partner.legal_name, phone=partner.phone, address=partner.address)


def persons(partner: Partner) -> tuple[Person, ...]:
    """The persons in a partner: a sole trader, and by id who wrote the note."""
    known = trader(partner)
    found = [known] if known else []
    if partner.status_note is not None and partner.status_note.person_id:
        found.append(Person(person_id=partner.status_note.person_id))
    return tuple(found)
