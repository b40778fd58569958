"""The partner document, its keys, and the persons in it."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import asdict, replace

from libs.company_name import name_form
from libs.country import RegistrationIdType
from libs.document import Document
from libs.partner import CreditProposal, PartnerStatus
from libs.person import Person, PersonalText, PostalAddress
from services.partners.record.domain.profile import FIELDS, Profile
from services.partners.record.domain.states import ENDED, PartnerKind, StatusReason

NAME_RULES = 2  # increased when the keys are computed otherwise; a job then renews them
TRADERS_OWN = (
    "legal_name",
    "trade_name",
    "name_key",
    "registration_id",
    "registration_key",
    "trader_name_key",
    "trader_registration_key",
    "trader_domain_key",
    "domain",
    "phone",
    "address",
)


NAME_START = 3  # how many letters and digits of a name the index has

Keyed = Callable[[str], str]
"""Hashes a text with a key of the cell, see `libs.privacy.keys.Keys.keyed`."""


class Partner(Document, frozen=True, kw_only=True):
    """An organization that sells for the vendor; the fields up to `address`, except `person_id`, are its profile.

    person_id: of a sole trader, who has no other id as a person; empty for any other organization. sees_downline: the
    agreement lets the users of the partner see the rows of all partners below it. program: the programme that decides
    the tier; empty for none. claim_limit, protection_days, lead_weight: what its level there gives in deals; None:
    nothing of its own. credit_proposal: what that level proposes to orders; None: nothing. registration_key: unique
    among partners that are not terminated or rejected; None without a registration id. name_key: of the legal name in
    its comparable form. trader_...: by what a sole trader is looked up; None for any other organization. All keys are
    hashes with a key of the cell, made by the rules `name_rules` (0: not made yet, 1: without a key). imported_as: hash
    of the imported row.
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
    program: str = ""
    claim_limit: int | None = None
    protection_days: int | None = None
    lead_weight: int | None = None
    credit_proposal: CreditProposal | None = None
    registration_key: str | None = None
    name_key: str | None = None
    trader_name_key: str | None = None
    trader_registration_key: str | None = None
    trader_domain_key: str | None = None
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
        """The first characters of that form, for an index; empty for a sole trader."""
        return self.name_form[:NAME_START] if self._is_indexed else ""

    @property
    def company_registration_id(self) -> str:
        """The registration id, for an index; empty for a sole trader."""
        return self.registration_id if self._is_indexed else ""

    @property
    def company_domain(self) -> str:
        """The domain, for an index; empty for a sole trader."""
        return self.domain if self._is_indexed else ""

    @property
    def _is_indexed(self) -> bool:
        """Whether the facts are in the indexes: those of a company, and those of a sole trader that an earlier release
        stored, until the keys are made."""
        return not self.sole_trader or self.name_rules < NAME_RULES

    @property
    def ended(self) -> bool:
        """Whether the partner is terminated or rejected."""
        return self.status in ENDED

    @property
    def sells_on(self) -> bool:
        """Whether other partners may buy from it."""
        return self.kind is PartnerKind.DISTRIBUTOR


def open_partner(id: str, profile: Profile, *, parent_partner_id: str, now: datetime) -> Partner:
    """A new partner in APPLIED, without its keys; the profile must be checked before."""
    return Partner(id=id, **asdict(profile), parent_partner_id=parent_partner_id, create_time=now, update_time=now)


def with_keys(partner: Partner, keyed: Keyed) -> Partner:
    """The partner with its keys computed again."""
    name, number = name_text(partner), number_text(partner)
    found = {
        "trader_name_key": trader_key("name", partner.name_form),
        "trader_registration_key": trader_key("registration_id", partner.registration_id),
        "trader_domain_key": trader_key("domain", partner.domain),
    }
    return replace(
        partner,
        registration_key=keyed(number) if number else None,
        name_key=keyed(name) if name else None,
        **{field: keyed(text) if partner.sole_trader and text else None for field, text in found.items()},
        name_rules=NAME_RULES,
    )


def profile_of(partner: Partner) -> Profile:
    """The profile of the partner."""
    return Profile(**{name: getattr(partner, name) for name in FIELDS})


def name_text(partner: Partner) -> str:
    """What `name_key` is made of; empty for a name without letters."""
    form = partner.name_form
    return f"partner name:{partner.country}:{form}" if form else ""


def number_text(partner: Partner) -> str:
    """What `registration_key` is made of, and what it was in an earlier release; empty without a registration id, or if
    the partner is terminated or rejected."""
    if partner.ended or not partner.registration_id or partner.registration_id_type is None:
        return ""
    return f"{partner.country}:{partner.registration_id_type.name}:{partner.registration_id}"


def trader_key(field: str, value: str) -> str:
    """What a key is made of by which a sole trader is looked up; empty without a value."""
    return f"trader {field}:{value}" if value else ""


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
