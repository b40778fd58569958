"""Contacts and reviews are seen by those with whom they are shared; a distributor never sees one rating alone."""

from datetime import date, timedelta

import pytest
from google.type.date_pb2 import Date

from libs.errors import InvalidInput, NotFound, WrongState
from libs.pb.prm.partners import v1 as pb
from libs.person import Person, PersonalText
from libs.store.port import get
from services.partners.plan.domain.states import InitiativeState
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.relations.api import Api
from services.partners.relations.documents import LOG_ENTRIES, RATINGS
from services.partners.relations.domain.rating import AlreadyRated, NoDistributor, rating_id
from services.partners.relations.usecases import log, reviews
from tests.builders import a_call, a_call_of, an_id
from tests.component.partners.certification.acts import erase
from tests.component.partners.facts.telling import settled
from tests.component.partners.harness import Harness
from tests.component.partners.plan.test_plans import a_contact, order
from tests.component.partners.relations.acts import TODAY, entry, rate, review, scores

DAY = timedelta(days=1)


async def _distributor(harness: Harness, resellers: int) -> tuple[Partner, list[Partner]]:
    """A distributor, and the resellers that buy from it."""
    above = await harness.active(kind=PartnerKind.DISTRIBUTOR)
    below = [await harness.active(number=number + 1, parent=above.id) for number in range(resellers)]
    return above, below


async def test_a_partners_people_see_the_contacts_that_are_shared_with_them(harness: Harness) -> None:
    mine, other = await harness.active(), await harness.active(number=1)
    contact = await a_contact(harness, mine.id)
    hidden = await entry(harness, mine.id)
    shown = await entry(harness, mine.id, shared=True, contact_ids=(contact.id,))
    api, asked = Api(harness.env), pb.ListLogEntriesRequest()
    everything = await api.ListLogEntries(asked, a_call())
    assert [one.id for one in everything.log_entries] == [hidden.id, shown.id]
    assert [one.id for one in (await api.ListLogEntries(asked, a_call_of(mine.id))).log_entries] == [shown.id]
    assert not (await api.ListLogEntries(asked, a_call_of(other.id))).log_entries
    harness.events()
    done = await harness.run(log.share_log_entry, log.ShareLogEntry, id=shown.id, shared=False)
    again = await harness.run(log.share_log_entry, log.ShareLogEntry, id=shown.id, shared=False)
    assert (done.version, again.version, harness.names()) == (2, 2, ["LogEntryShared"])
    assert not (await api.ListLogEntries(asked, a_call_of(mine.id))).log_entries


async def test_every_fault_of_an_entry_is_named_and_contacts_are_those_of_the_partner(harness: Harness) -> None:
    mine, other = await harness.active(), await harness.active(number=1)
    with pytest.raises(InvalidInput) as refused:
        await entry(harness, mine.id, happened_on=TODAY + DAY, text=PersonalText(text=" "))
    assert [one.reason for one in refused.value.violations] == ["IN_THE_FUTURE", "REQUIRED"]
    with pytest.raises(NotFound):
        await entry(harness, mine.id, contact_ids=((await a_contact(harness, other.id)).id,))


async def test_an_erased_person_takes_the_text_with_it(harness: Harness) -> None:
    person = Person(person_id=an_id("psn"))
    partner = await harness.active()
    made = await entry(harness, partner.id, text=PersonalText(person_id=person.person_id, text="Is leaving."))
    await erase(harness, person)
    assert (await harness.value(LOG_ENTRIES, made.id)).text.text == ""


async def test_the_next_review_shows_what_came_of_the_last_one(harness: Harness) -> None:
    partner = await harness.active()
    await order(harness, partner.id, 30, date(2026, 2, 10))
    await settled(harness)
    first = await review(harness, partner.id, window_months=1, shared=True)
    await order(harness, partner.id, 70, date(2026, 3, 10))
    await settled(harness)
    harness.clock.advance(40 * DAY)
    api, asked = Api(harness.env), pb.GetReviewRequest(id=first.id)
    effects = (await api.GetReview(asked, a_call_of(partner.id))).effects
    assert [(one.then.values[0].amount.units, one.now.values[0].amount.units) for one in effects] == [(30, 70)]
    second = await review(harness, partner.id, window_months=1)
    harness.clock.advance(40 * DAY)
    shown = await api.GetReview(asked, a_call())
    assert (shown.next_business_review_id, shown.effects[0].now.values[0].amount.units) == (second.id, 70)
    # The second one is not shared, so for the partner now is today, and nothing was ordered in April.
    theirs = await api.GetReview(asked, a_call_of(partner.id))
    assert (theirs.next_business_review_id, len(theirs.effects[0].now.values)) == ("", 0)
    assert theirs.effects[0].now.first_day == Date(year=2026, month=4, day=1)


async def test_a_review_that_is_not_shared_does_not_exist_for_the_partner(harness: Harness) -> None:
    partner = await harness.active()
    held = await review(harness, partner.id)
    api, call = Api(harness.env), a_call_of(partner.id)
    with pytest.raises(NotFound):
        await api.GetReview(pb.GetReviewRequest(id=held.id), call)
    assert not (await api.ListReviews(pb.ListReviewsRequest(), call)).business_reviews
    await harness.run(reviews.share_review, reviews.ShareReview, id=held.id, shared=True)
    assert len((await api.ListReviews(pb.ListReviewsRequest(), call)).business_reviews) == 1


async def test_a_decision_is_closed_once(harness: Harness) -> None:
    partner = await harness.active()
    held = await review(harness, partner.id)
    close = reviews.CloseReviewDecision
    done = await harness.run(reviews.close_review_decision, close, id=held.id, number=1, outcome=InitiativeState.DONE)
    assert [one.state for one in done.decisions] == [InitiativeState.DONE]
    for number, error in ((1, WrongState), (2, NotFound)):
        with pytest.raises(error):
            await harness.run(
                reviews.close_review_decision, close, id=held.id, number=number, outcome=InitiativeState.DONE
            )
    with pytest.raises(InvalidInput) as refused:
        await review(harness, partner.id, held_on=TODAY + DAY)
    assert [one.reason for one in refused.value.violations] == ["IN_THE_FUTURE", "DATES_OUT_OF_ORDER"]


async def test_a_distributor_sees_its_ratings_together_when_the_quarter_has_ended(harness: Harness) -> None:
    above, below = await _distributor(harness, 3)
    harness.events()
    for reseller, score in zip(below, (1, 2, 5), strict=True):
        await rate(harness, reseller.id, score, 5, 5, 5, 5, call=a_call_of(reseller.id))
    told = harness.events()
    assert told[0][2] == pb.DistributorRatingRecorded(
        distributor_partner_id=above.id, quarter=Date(year=2026, month=1, day=1)
    )
    api, call = Api(harness.env), a_call_of(above.id)
    asked = pb.GetRatingSummaryRequest(partner_id=above.id, quarter=Date(year=2026, month=3, day=2))
    early = (await api.GetRatingSummary(asked, call)).rating_summary
    assert (early.state, len(early.means)) == (pb.RATING_SUMMARY_STATE_INSUFFICIENT_DATA_NOT_ENDED, 0)
    harness.clock.advance(40 * DAY)
    found = (await api.GetRatingSummary(pb.GetRatingSummaryRequest(partner_id=above.id), call)).rating_summary
    assert (found.state, found.reseller_count) == (pb.RATING_SUMMARY_STATE_MEASURED, 3)
    assert [(one.score_sum, one.mean) for one in found.means][:2] == [(8, "2.67"), (15, "5.00")]


async def test_two_resellers_are_too_few_and_nobody_else_sees_a_distributor(harness: Harness) -> None:
    above, below = await _distributor(harness, 2)
    for reseller in below:
        await rate(harness, reseller.id, 1, 1, 1, 1, 1)
    harness.clock.advance(40 * DAY)
    api, asked = Api(harness.env), pb.GetRatingSummaryRequest(partner_id=above.id)
    for call in (a_call(), a_call_of(above.id)):
        found = (await api.GetRatingSummary(asked, call)).rating_summary
        assert found.state == pb.RATING_SUMMARY_STATE_INSUFFICIENT_DATA_TOO_FEW
        assert (found.reseller_count, len(found.means)) == (0, 0)
    with pytest.raises(NotFound):
        await api.GetRatingSummary(asked, a_call_of(below[0].id))


async def test_a_reseller_rates_once_a_quarter_and_only_the_distributor_above_it(harness: Harness) -> None:
    above, [reseller] = await _distributor(harness, 1)
    first = await rate(harness, reseller.id, 1, 2, 3, 4, 5)
    assert (await rate(harness, reseller.id, 1, 2, 3, 4, 5)).version == first.version
    with pytest.raises(AlreadyRated):
        await rate(harness, reseller.id, 5, 2, 3, 4, 5)
    stored = await get(harness.env.store, RATINGS, rating_id(reseller.id, date(2026, 1, 1)))
    assert stored is not None
    assert stored.value.scores == scores(1, 2, 3, 4, 5)
    with pytest.raises(NoDistributor):
        await rate(harness, above.id, 1, 2, 3, 4, 5)
    with pytest.raises(NotFound):
        await rate(harness, reseller.id, 1, 2, 3, 4, 5, call=a_call_of(above.id))
    harness.clock.advance(40 * DAY)
    assert (await rate(harness, reseller.id, 5, 5, 5, 5, 5)).quarter == date(2026, 4, 1)
