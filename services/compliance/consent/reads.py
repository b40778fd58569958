"""Reads of purposes, notices and the consents of a person, for this slice and higher ones."""

from collections.abc import Iterable

from libs.person import Person, PostalAddress
from libs.privacy.aliases import as_written, sought
from libs.privacy.finding import naming
from libs.privacy.keys import AliasField, Keys
from libs.privacy.spelling import normalise
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Loaded, Query
from services.compliance.consent.documents import CONSENTS, PRIVACY_NOTICES, PURPOSES
from services.compliance.consent.domain.consent import Consent
from services.compliance.consent.domain.purpose import PrivacyNotice, Purpose
from services.compliance.requests.domain.request import SubjectAlias
from services.compliance.settings import Env

# Of an alias that many share (a switchboard): so many consents are read.
CONSENTS_AT_MOST = 1_000


async def purpose_of(env: Env, code: str) -> Loaded[Purpose] | None:
    """The purpose with a code, or None."""
    page = await env.store.find(Query(kind=PURPOSES, equals={"code": code}, limit=1))
    return page.rows[0] if page.rows else None


async def all_purposes(env: Env) -> list[Purpose]:
    """Every purpose, by id."""
    return list(await everything(env.store, PURPOSES, {}))


async def notice_of(env: Env, purpose_code: str, notice_version: str, language: str) -> PrivacyNotice | None:
    """A version of a notice in a language, or None."""
    wanted = {"purpose_code": purpose_code, "notice_version": notice_version, "language": language}
    page = await env.store.find(Query(kind=PRIVACY_NOTICES, equals=wanted, limit=1))
    return page.rows[0].value if page.rows else None


async def consents_of(env: Env, hashes: Iterable[str], purpose_code: str) -> list[Loaded[Consent]]:
    """The consents to a purpose that are stored under any of the hashes, by id; 1,000 are looked at, the newest
    first."""
    find = naming(env.store, CONSENTS, hashes)
    found: list[Loaded[Consent]] = []
    cursor, looked = "", 0
    while looked < CONSENTS_AT_MOST:
        page = await find(Query(kind=CONSENTS, limit=ROWS_PER_PAGE, cursor=cursor, descending=True))
        found += (one for one in page.rows if one.value.purpose_code == purpose_code)
        looked += ROWS_PER_PAGE
        if not (cursor := page.next_cursor):
            break
    return found[::-1]


def same_person(one: Person, other: Person) -> bool:
    """Whether two consents are decisions of one person: by id, else by email, else by phone number. Persons who share a
    switchboard and have an email each are two."""
    if one.person_id and one.person_id == other.person_id:
        return True
    for field in (AliasField.EMAIL, AliasField.PHONE):
        forms = [_form(field, person) for person in (one, other)]
        if any(forms):
            return forms[0] == forms[1]
    return False


def hashes_of(keys: Keys, person: Person, country: str = "") -> frozenset[str]:
    """The keyed hashes under which consents of the person are stored."""
    home = person.address.country if person.address else country
    return frozenset((*sought(keys, person, home), *as_written(keys, person)))


def person_of(alias: SubjectAlias, country: str) -> Person:
    """A person of whom nothing but an alias is known."""
    value = {"EMAIL": "email", "PHONE": "phone", "PERSON_ID": "person_id"}[alias.field.name]
    address = PostalAddress(country=country) if country else None
    return Person(address=address, **{value: alias.value})


def _form(field: AliasField, person: Person) -> str:
    value = person.email if field is AliasField.EMAIL else person.phone
    return normalise(field, value, person.address.country if person.address else "")
