"""The partner document, its keys, and the persons in it."""

import hashlib
from datetime import datetime

from msgspec.structs import asdict, replace

from libs.company_name import name_form
from libs.country import RegistrationIdType
from libs.document import Document
from libs.partner import PartnerStatus
from libs.person import Person, PersonalText, PostalAddress
from services.partners.record.domain.profile import FIELDS, Profile
from services.partners.record.domain.states import ENDED, PartnerKind, StatusReason

NAME_RULES = 1  # increased when `name_form` gives other results; a job then renews the name keys
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


NAME_START = 3  # how many letters and digits of a name the index has


class Partner(Document, frozen=True, kw_only=True):
    """An organization that sells for the vendor; the fields up to `address`, except `person_id`, are its profile.

    person_id: of a sole trader, who has no other id as a person; empty for any other organization. sees_downline: the
    agreement lets the users of the partner see the rows of all partners below it. registration_key: unique among
    partners that are not terminated or rejected; None without a registration id. name_key: a hash of the legal name in
    its comparable form, made by the rules `name_rules` (0: not made yet). imported_as: hash of the imported row.
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
        """The legal name in its comparable form."""
        return name_form(self.legal_name, self.country)

    @property
    def name_start(self) -> str:
        """The first characters of that form, for an index."""
        return self.name_form[:NAME_START]

    @property
    def ended(self) -> bool:
        """Whether the partner is terminated or rejected."""
        return self.status in ENDED

    @property
    def sells_on(self) -> bool:
        """Whether other partners may buy from it."""
        return self.kind is PartnerKind.DISTRIBUTOR


def open_partner(id: str, profile: Profile, *, parent_partner_id: str, now: datetime) -> Partner:
    """A new partner in APPLIED; the profile must be checked before."""
    return with_key(
        Partner(id=id, **asdict(profile), parent_partner_id=parent_partner_id, create_time=now, update_time=now)
    )


def with_key(partner: Partner) -> Partner:
    """The partner with its derived keys computed again."""
    return replace(
        partner,
        registration_key=registration_key(partner),
        name_key=name_key(partner),
        name_rules=NAME_RULES,
    )


def profile_of(partner: Partner) -> Profile:
    """The profile of the partner."""
    return Profile(**{name: getattr(partner, name) for name in FIELDS})


def name_key(partner: Partner) -> str | None:
    """A hash of the name in its comparable form (a name may be that of a person); None for a name without letters."""
    form = name_form(partner.legal_name, partner.country)
    return hashlib.blake2b(f"{partner.country}:{form}".encode(), digest_size=16).hexdigest() if form else None


def registration_key(partner: Partner) -> str | None:
    """The unique key of the registration id; None without one, or if the partner is terminated or rejected."""
    if partner.ended or not partner.registration_id or partner.registration_id_type is None:
        return None
    return f"{partner.country}:{partner.registration_id_type.name}:{partner.registration_id}"


def trader(partner: Partner) -> Person | None:
    """The person of a sole trader, whose fields `TRADERS_OWN` are personal data; None for a company."""
    if not partner.sole_trader:
        return None
    return Person(person_id=partner.person_id, name=partner.legal_name, phone=partner.phone, address=partner.address)


def persons(partner: Partner) -> tuple[Person, ...]:
    """The persons in the document: a sole trader, and by id the author of the status note."""
    known = trader(partner)
    found = [known] if known else []
    if partner.status_note is not None and partner.status_note.person_id:
        found.append(Person(person_id=partner.status_note.person_id))
    return tuple(found)
