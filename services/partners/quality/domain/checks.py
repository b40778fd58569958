"""How a record stands to each rule now."""

from datetime import date

import msgspec

from libs.deadlines import months_later
from libs.organisation import (
    NotARegistrationNumber,
    has_number_check,
    is_phone_number,
    registration_number,
)
from libs.person import PostalAddress
from services.partners.contacts.domain import Contact
from services.partners.quality.domain.rules import QualityExemption, QualityOutcome, QualityRule
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import ADMITTED

OTHERS_AT_MOST = 20


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """How a record stands to a rule. other_ids: the records that are doubled with it."""

    rule: QualityRule
    outcome: QualityOutcome
    exemption: QualityExemption | None = None
    other_ids: tuple[str, ...] = ()


class PartnerInput(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules about a partner look at. certified: whether certificates of its contacts count; None if it never
    had any. same_number, same_name: other partners of the country that have not ended. current_on: when it last changed
    or was confirmed."""

    partner: Partner
    has_main_email: bool
    agreement_in_force: bool
    certified: bool | None
    same_number: tuple[str, ...]
    same_name: tuple[str, ...]
    current_on: date


class ContactInput(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules about a contact look at. country: of the partner. ended: whether the partner has ended.
    same_email: other contacts of the partner. current_on: when it last changed or was confirmed."""

    contact: Contact
    country: str
    ended: bool
    same_email: tuple[str, ...]
    current_on: date


def partner_checks(given: PartnerInput, *, today: date, stale_months: int) -> tuple[Check, ...]:
    """Every rule about a partner."""
    partner = given.partner
    ended = QualityExemption.PARTNER_ENDED if partner.ended else None
    number = None if partner.registration_id else QualityExemption.NO_VALUE
    trader = QualityExemption.SOLE_TRADER if partner.sole_trader else None
    admitted = None if partner.status in ADMITTED else QualityExemption.NOT_ADMITTED
    certified = QualityExemption.NEVER_CERTIFIED if given.certified is None else None
    phone = None if partner.phone else QualityExemption.NO_VALUE
    name = None if partner.name_form else QualityExemption.NO_VALUE
    current = _is_current(given.current_on, today=today, stale_months=stale_months)
    return (
        _check(QualityRule.REGISTRATION_ID_GIVEN, bool(partner.registration_id), ended or trader),
        _check(QualityRule.ADDRESS_GIVEN, _is_whole(partner.address), ended),
        _check(QualityRule.DOMAIN_GIVEN, bool(partner.domain), ended),
        _check(QualityRule.PHONE_GIVEN, bool(partner.phone), ended),
        _check(QualityRule.MAIN_CONTACT_GIVEN, given.has_main_email, ended),
        _check(QualityRule.AGREEMENT_IN_FORCE, given.agreement_in_force, ended or admitted),
        _check(QualityRule.REGISTRATION_ID_VALID, _passes(partner), ended or number or _unchecked(partner)),
        _check(QualityRule.PHONE_VALID, is_phone_number(partner.phone, partner.country), ended or phone),
        _check(QualityRule.RECORD_CURRENT, current, ended),
        _check(QualityRule.CERTIFICATE_CURRENT, bool(given.certified), ended or certified),
        _check(QualityRule.REGISTRATION_ID_UNIQUE, not given.same_number, ended or number, given.same_number),
        _check(QualityRule.NAME_UNIQUE, not given.same_name, ended or name, given.same_name),
    )


def contact_checks(given: ContactInput, *, today: date, stale_months: int) -> tuple[Check, ...]:
    """Every rule about a contact. A contact whose person was erased has no name; no rule asks for its data again."""
    person = given.contact.person
    gone = QualityExemption.PARTNER_ENDED if given.ended else None
    gone = gone or (None if person.name else QualityExemption.ERASED)
    phone = None if person.phone else QualityExemption.NO_VALUE
    email = None if person.email else QualityExemption.NO_VALUE
    current = _is_current(given.current_on, today=today, stale_months=stale_months)
    return (
        _check(QualityRule.CONTACT_REACHABLE, bool(person.email or person.phone), gone),
        _check(QualityRule.CONTACT_PHONE_VALID, is_phone_number(person.phone, given.country), gone or phone),
        _check(QualityRule.CONTACT_CURRENT, current, gone),
        _check(QualityRule.CONTACT_UNIQUE, not given.same_email, gone or email, given.same_email),
    )


def _check(rule: QualityRule, kept: bool, exemption: QualityExemption | None, other_ids: tuple[str, ...] = ()) -> Check:
    if exemption is not None:
        return Check(rule=rule, outcome=QualityOutcome.NOT_APPLICABLE, exemption=exemption)
    outcome = QualityOutcome.KEPT if kept else QualityOutcome.BROKEN
    return Check(rule=rule, outcome=outcome, other_ids=tuple(sorted(other_ids))[:OTHERS_AT_MOST])


def _is_whole(address: PostalAddress | None) -> bool:
    return address is not None and bool(address.city) and any(address.lines)


def _is_current(current_on: date, *, today: date, stale_months: int) -> bool:
    return today <= months_later(current_on, stale_months)


def _unchecked(partner: Partner) -> QualityExemption | None:
    scheme = partner.registration_id_type
    known = scheme is not None and has_number_check(partner.country, scheme.name)
    return None if known else QualityExemption.NO_CHECK_KNOWN


def _passes(partner: Partner) -> bool:
    scheme = partner.registration_id_type
    if scheme is None or not partner.registration_id:
        return False
    try:
        registration_number(partner.country, scheme.name, partner.registration_id)
    except NotARegistrationNumber:
        return False
    return True
