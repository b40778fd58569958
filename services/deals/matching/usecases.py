"""The use cases that search for near matches, and that record and list what a person said of pairs."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.call import Command
from libs.document import same_content
from libs.errors import EtagMismatch, InvalidInput, Violation
from libs.matching import Verdict, trained
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create, get, get_all
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.matching.documents import JUDGED
from services.deals.matching.domain.comparing import NearPart, basis_points, comparable, compared, parts_of, prepared
from services.deals.matching.domain.index import UnsearchedTermKind, unsearched
from services.deals.matching.domain.judging import (
    JUDGED_AT_MOST,
    CustomerIsPerson,
    JudgedPair,
    PairReason,
    PairVerdict,
    TooManyJudgements,
    judged_again,
    refuse_unfit,
)
from services.deals.matching.reads.search import COMPARED_AT_MOST, Asked, Found, asked_of, judgements, search, submitted
from services.deals.settings import Env


class FindNearMatches(Command, frozen=True, kw_only=True):
    """Search for customers like that of a claim, or like one that is given."""

    registration_id: str = ""
    customer: Customer | None = None


class JudgePair(Command, frozen=True, kw_only=True):
    """Say of the customers of two claims that they are one, or two. etag: of an earlier judgement."""

    registration_id: str
    other_registration_id: str
    verdict: PairVerdict
    reason: PairReason
    etag: str = ""


class ListJudgedPairs(ListCommand, frozen=True, kw_only=True):
    """List judged pairs. without_proposed: only those that the model had not shown."""

    verdict: PairVerdict | None = None
    without_proposed: bool = False
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A claim on a customer that may be the same, and how the two compare."""

    registration_id: str
    partner_id: str
    legal_name: str
    country: str
    probability_basis_points: int
    verdict: Verdict
    agreeing: tuple[NearPart, ...]
    differing: tuple[NearPart, ...]
    judged: PairVerdict | None


class UnsearchedTerm(msgspec.Struct, frozen=True):
    """A term of the customer that too many claims have."""

    kind: UnsearchedTermKind
    text: str


class NearMatches(NamedTuple):
    """The candidates, the most probable first, and what was not searched."""

    matches: tuple[Match, ...]
    unsearched: tuple[UnsearchedTerm, ...]
    newest_unsearched: bool


async def find_near_matches(env: Env, cmd: FindNearMatches) -> NearMatches:
    """The candidates, the most probable first. CustomerIsPerson; InvalidInput for a given customer that is a natural
    person."""
    found = await search(env, await _asked(env, cmd), compared_at_most=COMPARED_AT_MOST)
    claims = await get_all(env.store, REGISTRATIONS, (one.entry.registration_id for one in found.found))
    return NearMatches(
        matches=tuple(
            _match(one, claims[one.entry.registration_id].value)
            for one in found.found
            if one.entry.registration_id in claims
        ),
        unsearched=tuple(UnsearchedTerm(*unsearched(term)) for term in found.stopped),
        newest_unsearched=found.unfiled,
    )


async def judge_pair(env: Env, cmd: JudgePair) -> JudgedPair:
    """The judged pair; unchanged if it was judged so. InvalidInput, CustomerIsPerson, TooManyJudgements."""
    if cmd.registration_id == cmd.other_registration_id:
        raise InvalidInput([Violation("other_registration_id", "is the same claim", "SAME_REGISTRATION")])
    refuse_unfit(cmd.verdict, cmd.reason)
    one = await _of_claim(env, cmd, cmd.registration_id)
    other = await _of_claim(env, cmd, cmd.other_registration_id)
    if other.key < one.key:
        one, other = other, one
    pair_id = _pair_id(env, one, other)
    held = await get(env.store, JUDGED, pair_id)
    if held is None:
        for asked in (one, other):
            if len(await judgements(env, asked.key)) >= JUDGED_AT_MOST:
                raise TooManyJudgements(asked.registration_id)
        return await env.commit(create(JUDGED, _judged(env, cmd, pair_id, one=one, other=other)), call=cmd.call)
    if cmd.etag and cmd.etag != str(held.value.version):
        raise EtagMismatch(JUDGED.name, pair_id, str(held.value.version))
    after = judged_again(held.value, cmd.verdict, cmd.reason, now=env.clock.now())
    if same_content(held.value, after):
        return await env.unchanged(held, call=cmd.call)
    return await env.commit(held.put(after), call=cmd.call)


async def list_judged_pairs(env: Env, cmd: ListJudgedPairs) -> Page[JudgedPair]:
    """By id, or by the last change."""
    filters = filters_of(cmd, "verdict")
    if cmd.without_proposed:
        filters["proposed"] = False
    return await env.listing(JUDGED, filters, call=cmd.call, **paged(cmd, UPDATED))


async def _asked(env: Env, cmd: FindNearMatches) -> Asked:
    if cmd.customer is None:
        return await _of_claim(env, cmd, cmd.registration_id)
    if not comparable(cmd.customer):
        why = "is compared only if it is an organisation with a name"
        raise InvalidInput([Violation("customer", why, "CUSTOMER_IS_PERSON")])
    env.directory.require_country(cmd.customer.country)
    return asked_of(env, compared(cmd.customer))


async def _of_claim(env: Env, cmd: Command, id: str) -> Asked:
    """The customer of a claim, as it was submitted; CustomerIsPerson."""
    reg: Registration = await env.show(REGISTRATIONS, id, call=cmd.call)
    asked = await submitted(env, reg)
    if asked is None:
        raise CustomerIsPerson(id)
    return asked


def _match(found: Found, reg: Registration) -> Match:
    parts = parts_of(found.explained())
    return Match(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        legal_name=found.entry.customer.names[0],
        country=found.entry.customer.country,
        probability_basis_points=basis_points(found.probability),
        verdict=found.verdict,
        agreeing=tuple(part for part in parts if part.weight_thousandths > 0),
        differing=tuple(part for part in parts if part.weight_thousandths <= 0),
        judged=found.judged.verdict if found.judged else None,
    )


def _judged(env: Env, cmd: JudgePair, pair_id: str, *, one: Asked, other: Asked) -> JudgedPair:
    """A pair that is judged for the first time."""
    probability, now = trained().probability(prepared(one.customer), prepared(other.customer)), env.clock.now()
    return JudgedPair(
        id=pair_id,
        one_id=one.registration_id,
        other_id=other.registration_id,
        one_key=one.key,
        other_key=other.key,
        one=one.customer,
        other=other.customer,
        verdict=cmd.verdict,
        reason=cmd.reason,
        probability_basis_points=basis_points(probability),
        proposed=trained().verdict(probability) is not Verdict.APART,
        create_time=now,
        update_time=now,
    )


def _pair_id(env: Env, one: Asked, other: Asked) -> str:
    """The id of a pair of customers; of two that are written alike, that of the two claims."""
    named = [one.key, other.key]
    if one.key == other.key:
        named += sorted((one.registration_id, other.registration_id))
    return env.ids.derived("jdg", env.keys.keyed(f"judged {' '.join(named)}"))
