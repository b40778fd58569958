"""From a customer to keys, from keys to slots, from slots to the claims in the way."""

import hashlib
from collections.abc import Iterator

from libs.call import Command
from libs.company_name import name_form
from libs.errors import InvalidInput, Violation
from libs.organisation import (
    NotARegistrationNumber,
    is_mail_host,
    phone_number,
    registration_number,
    web_domain,
)
from libs.store.port import Held, Put, Write, create
from services.deals.documents import REGISTRATIONS, SLOTS
from services.deals.domain.matching import CLAIMS_PER_KEY, Conflict, KeySlot, claim, conflict, matches, release
from services.deals.domain.registration import Customer, Registration
from services.deals.domain.states import MatchKey
from services.deals.domain.viewing import shown_rivals
from services.deals.usecases.settings import Env

CONFLICTS_LISTED = 200
CONFLICTS_AT_MOST = CLAIMS_PER_KEY * len(MatchKey)
DEFAULT_PAGE = 50
_KEY_BYTES = 16


class ListConflicts(Command, frozen=True, kw_only=True):
    """Ask for the rivals of a registration."""

    registration_id: str
    page_size: int = 0
    page_token: str = ""


async def list_conflicts(env: Env, cmd: ListConflicts) -> tuple[tuple[Conflict, ...], str]:
    """A page of conflicts, best first, and the token of the next. A partner's people see of the others' what
    `domain.viewing` says."""
    reg = await env.show(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    found = await conflicts_of(env, reg, await slots_of(env, reg.keys))
    found = shown_rivals(reg, found, cmd.call.caller.partner_id)
    start = _offset(cmd)
    end = start + (cmd.page_size or DEFAULT_PAGE)
    more = f"{cmd.registration_id}.{end}" if end < len(found) else ""
    return found[start:end], more


def keys_of(customer: Customer) -> tuple[str, ...]:
    """The slots a customer belongs in: kind of key and a hash of its comparable form."""
    return tuple(sorted(f"{key.name}:{_hash(form)}" for key, form in _forms(customer) if form))


async def slots_of(env: Env, keys: tuple[str, ...]) -> tuple[Held[KeySlot] | KeySlot, ...]:
    """The slots of the keys; a fresh one where nobody claims the key yet."""
    return tuple([await env.store.get(SLOTS, key) or KeySlot(id=key) for key in keys])


async def conflicts_of(
    env: Env, reg: Registration, slots: tuple[Held[KeySlot] | KeySlot, ...], *, at_most: int = CONFLICTS_LISTED
) -> tuple[Conflict, ...]:
    """Every open claim that shares a key, best first, as it stands now."""
    found = matches(reg, tuple(slot_in(one) for one in slots))[:at_most]
    conflicts = []
    for match in found:
        other = await env.store.get(REGISTRATIONS, match.claim.registration_id)
        if other is not None:
            conflicts.append(conflict(reg, other.value, match))
    return tuple(sorted(conflicts, key=lambda one: (-one.score, one.registration_id)))


def claim_writes(reg: Registration, slots: tuple[Held[KeySlot] | KeySlot, ...]) -> tuple[Write, ...]:
    """The writes that put a registration into its slots."""
    return tuple(_put(one, claim(slot_in(one), reg)) for one in slots)


async def release_writes(env: Env, reg: Registration) -> tuple[Write, ...]:
    """The writes that take a registration out of its slots."""
    slots = [await env.store.get(SLOTS, key) for key in reg.keys]
    return tuple(held.put(release(held.value, reg.id)) for held in slots if held is not None)


def slot_in(one: Held[KeySlot] | KeySlot) -> KeySlot:
    """The slot, whether it is stored already or not."""
    return one.value if isinstance(one, Held) else one


def _put(one: Held[KeySlot] | KeySlot, slot: KeySlot) -> Put[KeySlot]:
    return one.put(slot) if isinstance(one, Held) else create(SLOTS, slot)


def _forms(customer: Customer) -> Iterator[tuple[MatchKey, str]]:
    scheme = customer.registration_id_type.name if customer.registration_id_type else ""
    if customer.registration_id:
        yield MatchKey.REGISTRATION_ID, f"{customer.country}:{scheme}:{_number(customer, scheme)}"
    host = web_domain(customer.domain) if customer.domain else ""
    if not is_mail_host(host):
        yield MatchKey.DOMAIN, host
    if customer.phone:
        yield MatchKey.PHONE, phone_number(customer.phone, customer.country)
    if name := name_form(customer.legal_name, customer.country):
        yield MatchKey.NAME, f"{customer.country}:{name}"


def _number(customer: Customer, scheme: str) -> str:
    try:
        return registration_number(customer.country, scheme, customer.registration_id)
    except NotARegistrationNumber:
        # a partner's typing error is no reason to lose the claim
        return "".join(letter for letter in customer.registration_id.upper() if letter.isalnum())


def _hash(form: str) -> str:
    return hashlib.blake2b(form.encode(), digest_size=_KEY_BYTES).hexdigest()


def _offset(cmd: ListConflicts) -> int:
    if not cmd.page_token:
        return 0
    registration, _, offset = cmd.page_token.rpartition(".")
    if registration != cmd.registration_id or not offset.isdecimal() or not offset.isascii():
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    return int(offset)
