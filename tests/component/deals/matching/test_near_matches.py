"""Claims on customers that are written differently are found, told and judged."""

import asyncio

import pytest
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import InvalidInput
from libs.matching import Verdict
from libs.store.port import Query, Write
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import Review
from services.deals.claims.domain.viewing import shown
from services.deals.conflicts.domain.keys import MatchKey
from services.deals.conflicts.domain.overriding import CustomerProtected
from services.deals.conflicts.usecases import ListConflicts, list_conflicts
from services.deals.matching import usecases
from services.deals.matching.documents import ENTRIES, POSTINGS
from services.deals.matching.domain.comparing import NearPartName, compared
from services.deals.matching.domain.index import CLAIMS_PER_TERM, UnsearchedTermKind
from services.deals.matching.domain.judging import CustomerIsPerson, JudgedPair, PairReason, PairVerdict
from services.deals.matching.reads.filing import entry_writes, file_entries
from services.deals.matching.reads.search import asked_of, search
from services.deals.matching.usecases import NearMatches
from services.deals.review import usecases as decisions
from tests.builders import a_call_of, an_id
from tests.component.deals.harness import PARTNER, RIVAL, Harness
from tests.unit.deals.registrations import a_registration
from tests.unit.libs.matching.test_scores import SAME

MINE = Customer(legal_name="Krüger Pumpen GmbH & Co. KG", country="DE", domain="krueger.example", phone="030 901820")
THEIRS = Customer(legal_name="Kruger-Pumpen", country="DE", domain="pumpen.example")


async def _find(harness: Harness, reg: Registration | Customer) -> NearMatches:
    asked = {"customer": reg} if isinstance(reg, Customer) else {"registration_id": reg.id}
    return await harness.look(usecases.find_near_matches, usecases.FindNearMatches, **asked)


async def _judge(harness: Harness, one: Registration, other: Registration, said: PairVerdict) -> JudgedPair:
    reason = PairReason.OTHER_SPELLING if said is PairVerdict.SAME else PairReason.OTHER_SITE
    return await harness.run(
        usecases.judge_pair,
        usecases.JudgePair,
        registration_id=one.id,
        other_registration_id=other.id,
        verdict=said,
        reason=reason,
    )


async def _submitted(harness: Harness, customer: Customer, partner: str = PARTNER) -> Registration:
    return await harness.submit(await harness.draft(partner, customer=customer))


async def _entry(harness: Harness, number: int, name: str) -> Write:
    """The write of a submission, without its claim."""
    reg = a_registration(Review.SUBMITTED)
    customer = Customer(legal_name=name, country="DE")
    return (await entry_writes(harness.env, replace(reg, id=an_id("reg", number), customer=customer)))[0]


@pytest.mark.parametrize("is_filed", [False, True])
async def test_an_open_claim_is_found_from_its_submission_to_its_end(harness: Harness, *, is_filed: bool) -> None:
    theirs = await _submitted(harness, THEIRS, RIVAL)
    if is_filed:
        assert await file_entries(harness.env) == 1
    [match] = (await _find(harness, MINE)).matches
    assert (match.registration_id, match.partner_id, match.legal_name) == (theirs.id, RIVAL, THEIRS.legal_name)
    assert match.verdict is Verdict.CONFLICT
    assert all(part.weight_thousandths > 0 for part in match.agreeing)
    assert all(part.weight_thousandths <= 0 for part in match.differing)
    mine = await _submitted(harness, MINE)
    assert [one.registration_id for one in (await _find(harness, mine)).matches] == [theirs.id]
    await harness.withdraw(theirs)
    assert (await _find(harness, mine)).matches == ()
    await harness.withdraw(mine)
    await file_entries(harness.env)
    for kind in (ENTRIES, POSTINGS):
        assert list((await harness.env.store.find(Query(kind=kind))).rows) == []


async def test_a_near_claim_is_a_conflict_that_counts_as_the_name_does(harness: Harness) -> None:
    """Alone it blocks nothing; together with the phone number it does."""
    theirs = await harness.approved(RIVAL, customer=THEIRS)
    mine = await harness.claimed(customer=MINE)
    assert (mine.conflict_count, mine.near_match_count) == (1, 0)
    [found] = await harness.conflicts(mine)
    assert (found.registration_id, found.score) == (theirs.id, 55)  # 75, and 20 off for the domains
    assert [reason.key for reason in found.reasons] == [MatchKey.NEAR]
    assert found.probability_basis_points > 9_200
    assert (await harness.approve(mine)).review is Review.APPROVED
    called = Customer(legal_name="Krüger Pumpen", country="DE", phone="030 901820")
    rung = await harness.claimed(RIVAL, customer=called)
    near = Customer(legal_name="Kruegger Pumpen", country="DE", phone="+49 30 901820")
    await harness.partner(an_id("ptn", 3))
    third = await harness.claimed(an_id("ptn", 3), customer=near)
    assert rung.id in {one.registration_id for one in await harness.conflicts(third)}
    with pytest.raises(CustomerProtected) as refused:
        await harness.approve(third)
    assert refused.value.metadata["id"] == mine.id


async def test_what_a_person_said_of_two_customers_wins(harness: Harness) -> None:
    theirs = await harness.approved(RIVAL, customer=THEIRS)
    mine = await harness.claimed(customer=MINE)
    apart = await _judge(harness, mine, theirs, PairVerdict.DIFFERENT)
    assert apart.proposed
    assert await harness.conflicts(mine) == ()
    [match] = (await _find(harness, mine)).matches
    assert (match.judged, match.verdict) == (PairVerdict.DIFFERENT, Verdict.APART)
    again = await _submitted(harness, MINE)
    assert theirs.id not in {one.registration_id for one in await harness.conflicts(again)}
    one = await _judge(harness, theirs, mine, PairVerdict.SAME)
    assert (one.id, one.version) == (apart.id, 2)
    [found] = [each for each in await harness.conflicts(mine) if each.registration_id == theirs.id]
    assert (found.score, [reason.key for reason in found.reasons]) == (100, [MatchKey.JUDGED])
    with pytest.raises(CustomerProtected):
        await harness.approve(mine)
    listed = await harness.look(usecases.list_judged_pairs, usecases.ListJudgedPairs)
    assert [held.value for held in listed.rows] == [one]
    others = await harness.look(usecases.list_judged_pairs, usecases.ListJudgedPairs, without_proposed=True)
    assert list(others.rows) == []


async def test_a_judged_pair_is_found_that_shares_no_word(harness: Harness) -> None:
    one = await _submitted(harness, Customer(legal_name="Svenska Lastbilar AB", country="SE", domain="a.example"))
    other = await _submitted(harness, Customer(legal_name="Nordtruck", country="SE", domain="b.example"), RIVAL)
    assert await harness.conflicts(other) == ()
    assert not (await _judge(harness, one, other, PairVerdict.SAME)).proposed
    await file_entries(harness.env)
    assert [found.registration_id for found in await harness.conflicts(other)] == [one.id]


async def test_two_rivals_that_a_person_judged_the_same_are_not_approved_at_once(
    harness: Harness, replica: Harness
) -> None:
    mine, theirs = await harness.claimed(customer=MINE), await harness.claimed(RIVAL, customer=THEIRS)
    await _judge(harness, mine, theirs, PairVerdict.SAME)
    both = await asyncio.gather(harness.approve(mine), replica.approve(theirs), return_exceptions=True)
    assert {type(one) for one in both} == {Registration, CustomerProtected}


async def test_a_natural_person_is_compared_with_nobody(harness: Harness) -> None:
    person = Customer(legal_name="Kruger-Pumpen", country="DE", phone="030 1234567", natural_person=True)
    theirs = await _submitted(harness, person, RIVAL)
    mine = await _submitted(harness, MINE)
    assert (await _find(harness, mine)).matches == ()
    assert await harness.conflicts(mine) == ()
    with pytest.raises(CustomerIsPerson):
        await _find(harness, theirs)
    with pytest.raises(CustomerIsPerson):
        await _judge(harness, mine, theirs, PairVerdict.SAME)
    with pytest.raises(InvalidInput):
        await _find(harness, person)


@pytest.mark.parametrize(
    "name", ["X", "GmbH", "Б" * 200, "\u202eKruger\u200f", "🚚🚚🚚", "東京 Kruger Круг", "   .   ", "a" * 200]
)
async def test_any_name_is_searched_for_and_filed(harness: Harness, name: str) -> None:
    customer = Customer(legal_name=name, country="DE", domain="krueger.example")
    reg = await _submitted(harness, customer)
    await file_entries(harness.env)
    found = (await _find(harness, customer)).matches
    assert {one.registration_id for one in found} <= {reg.id}
    await _find(harness, Customer(legal_name=name, country="DE"))


async def test_a_term_of_too_many_claims_finds_none_and_the_answer_says_so(harness: Harness) -> None:
    """A word becomes a stop word by itself; a claim that shares rarer words is still found."""
    alike = [await _entry(harness, number, f"Commonplace Firm{number}") for number in range(CLAIMS_PER_TERM + 1)]
    await harness.env.store.commit(alike)
    while await file_entries(harness.env):
        pass
    rarer = compared(Customer(legal_name="Commonplace Firm77", country="DE"))
    found = (await search(harness.env, asked_of(harness.env, rarer))).found
    assert [one.entry.customer.names for one in found[:1]] == [("Commonplace Firm77",)]
    told = await _find(harness, Customer(legal_name="Commonplace", country="DE"))
    assert told.matches == ()
    assert (UnsearchedTermKind.WORD, "komonplase") in {(one.kind, one.text) for one in told.unsearched}


async def test_every_pair_of_spellings_is_found_through_the_index(harness: Harness) -> None:
    writes: list[Write] = []
    for number, (country, name, _) in enumerate(SAME):
        reg = replace(a_registration(Review.SUBMITTED), id=an_id("reg", 1_000 + number))
        claimed = replace(reg, customer=Customer(legal_name=name, country=country))
        writes += await entry_writes(harness.env, claimed)
    await harness.env.store.commit(writes)
    await file_entries(harness.env)
    for country, name, other in SAME:
        asked = asked_of(harness.env, compared(Customer(legal_name=other, country=country)))
        found = (await search(harness.env, asked)).found
        near = {one.entry.customer.names[0] for one in found if one.verdict is not Verdict.APART}
        assert name in near, f"{other} is not found as {name}"


async def test_register_numbers_that_contradict_are_no_match_whatever_else_agrees(harness: Harness) -> None:
    kind = RegistrationIdType.VAT
    theirs = replace(THEIRS, registration_id="DE136695976", registration_id_type=kind)
    await harness.approved(RIVAL, customer=theirs)
    mine = await _submitted(harness, replace(MINE, registration_id="DE811569869", registration_id_type=kind))
    assert (mine.conflict_count, mine.near_match_count) == (0, 0)
    assert await harness.conflicts(mine) == ()
    [match] = (await _find(harness, mine)).matches
    assert (match.probability_basis_points, match.verdict) == (0, Verdict.APART)
    assert match.differing[0].name is NearPartName.REGISTER_NUMBERS_CONTRADICT


async def test_a_rivals_people_see_no_more_of_a_near_claim_than_of_any_other(harness: Harness) -> None:
    await harness.approved(RIVAL, customer=THEIRS)
    mine = await _submitted(harness, MINE)
    as_partner = a_call_of(PARTNER)
    before, _ = await list_conflicts(harness.env, ListConflicts(call=as_partner, registration_id=mine.id))
    assert before == ()
    assert (shown(mine, PARTNER).conflict_count, shown(mine, PARTNER).near_match_count) == (0, 0)
    await harness.run(decisions.start_review, decisions.StartReview, id=mine.id)
    [told], _ = await list_conflicts(harness.env, ListConflicts(call=as_partner, registration_id=mine.id))
    assert [reason.key for reason in told.reasons] == [MatchKey.NEAR]
    hidden = (told.registration_id, told.partner_id, told.probability_basis_points, told.parts, told.contradictions)
    assert hidden == ("", "", 0, (), ())


async def test_submissions_at_once_contend_for_no_word_that_they_share(harness: Harness, replica: Harness) -> None:
    drafts = [
        await harness.draft(customer=Customer(legal_name=f"Kruger Pumpen {n}", country="DE", domain=f"firm{n}.example"))
        for n in range(64)
    ]
    both = [harness, replica]
    await asyncio.gather(*(both[n % 2].submit(one) for n, one in enumerate(drafts)), file_entries(replica.env))
    while await file_entries(harness.env):
        pass
    assert len((await _find(harness, MINE)).matches) == 50
