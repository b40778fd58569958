"""The profile of a partner: its checks, and its comparable form."""

from collections.abc import Collection

import msgspec
from msgspec.structs import replace

from libs.country import RegistrationIdType, country_violations
from libs.errors import InvalidInput, Violation
from libs.organisation import NotARegistrationNumber, phone_number, registration_number, web_domain
from libs.person import PostalAddress
from services.partners.record.domain.states import PartnerKind


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The organization and how to reach it; a sole trader is a person."""

    kind: PartnerKind
    legal_name: str
    trade_name: str = ""
    sole_trader: bool = False
    country: str
    registration_id: str = ""
    registration_id_type: RegistrationIdType | None = None
    domain: str = ""
    phone: str = ""
    address: PostalAddress | None = None


FIELDS = Profile.__struct_fields__


def checked(profile: Profile, fields: Collection[str] = FIELDS) -> Profile:
    """The profile with `fields` in their comparable form; InvalidInput with all their violations."""
    found, violations = examined(profile, fields)
    if violations:
        raise InvalidInput(violations)
    return found


def examined(profile: Profile, fields: Collection[str] = FIELDS) -> tuple[Profile, list[Violation]]:
    """As `checked`, but returns the violations, for callers that check more."""
    violations = country_violations(profile.country) if "country" in fields else []
    if "legal_name" in fields and not profile.legal_name.strip():
        violations.append(Violation("legal_name", "must not be blank", "REQUIRED"))
    if "registration_id" in fields or "registration_id_type" in fields:
        profile = _with_number(profile, violations)
    if "domain" in fields and profile.domain:
        profile = replace(profile, domain=web_domain(profile.domain))
        if not profile.domain:
            violations.append(Violation("domain", "names no domain that can be registered", "NOT_A_DOMAIN"))
    if "phone" in fields and profile.phone:
        profile = replace(profile, phone=phone_number(profile.phone, profile.country))
        if not profile.phone:
            violations.append(Violation("phone", "has no digits", "NOT_A_PHONE_NUMBER"))
    if "address" in fields and profile.address and profile.address.country not in ("", profile.country):
        violations.append(Violation("address.country", f"must be {profile.country}, as the seat", "OTHER_COUNTRY"))
    return profile, violations


def _with_number(profile: Profile, violations: list[Violation]) -> Profile:
    number, scheme = profile.registration_id, profile.registration_id_type
    if not number and scheme is None:
        return profile
    if not number or scheme is None:
        missing = "registration_id_type" if number else "registration_id"
        violations.append(Violation(missing, "number and register are given together", "REQUIRED_TOGETHER"))
        return profile
    try:
        return replace(profile, registration_id=registration_number(profile.country, scheme.name, number))
    except NotARegistrationNumber as err:
        violations.append(Violation("registration_id", str(err), "BAD_REGISTRATION_ID"))
        return profile
