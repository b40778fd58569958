"""What speaks against two customers being one: strong keys that both have and that cannot be of one organisation."""

from collections.abc import Iterator

from libs.country import RegistrationIdType
from libs.organisation import checked_registration_number, is_mail_host, web_domain
from services.deals.domain.registration import Customer
from services.deals.domain.states import MatchKey

# Where one organisation has a number for each branch or state: what of the number is the organisation's.
_OWN_PART = {
    RegistrationIdType.BN: slice(0, 9),
    RegistrationIdType.CNPJ: slice(0, 8),
    RegistrationIdType.GSTIN: slice(2, 12),
    RegistrationIdType.MST: slice(0, 10),
    RegistrationIdType.NPWP: slice(0, 12),
}


def differences(one: Customer, other: Customer) -> Iterator[MatchKey]:
    """The strong keys in which they differ. A domain says nothing where the registration ids agree: who has one number
    may have many domains."""
    number, others_number = _number(one), _number(other)
    same_register = (one.country, one.registration_id_type) == (other.country, other.registration_id_type)
    comparable = bool(same_register and number and others_number)
    if comparable and number != others_number:
        yield MatchKey.REGISTRATION_ID
    domain, others_domain = _domain(one), _domain(other)
    if domain and others_domain and domain != others_domain and not (comparable and number == others_number):
        yield MatchKey.DOMAIN


def _number(customer: Customer) -> str:
    """The organisation's part of its number; empty if there is none, or none that its register's rules prove."""
    scheme = customer.registration_id_type
    if scheme is None:
        return ""
    number = checked_registration_number(customer.country, scheme.name, customer.registration_id)
    return number[_OWN_PART.get(scheme, slice(None))]


def _domain(customer: Customer) -> str:
    """The name before the suffix: `acme.de` and `acme.com` do not differ."""
    domain = web_domain(customer.domain) if customer.domain else ""
    return "" if is_mail_host(domain) else domain.partition(".")[0]
