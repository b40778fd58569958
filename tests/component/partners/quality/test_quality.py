"""Records of partners and contacts looked at on a real store: each rule bites, and who mended what."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import NotFound, WrongState
from libs.store.port import get
from services.partners.certification.usecases.completions import RevokeCompletion, revoke_completion
from services.partners.quality.documents import QUALITY_BOOKS, QUALITY_FINDINGS, QUALITY_RECORDS
from services.partners.quality.domain.findings import QualityFinding, QualityRecord
from services.partners.quality.domain.rules import (
    OF_PARTNERS,
    QualityExemption,
    QualityOutcome,
    QualityRule,
    QualityScore,
)
from services.partners.quality.domain.shown import Quality
from services.partners.quality.domain.states import QualityDismissal, QualityFindingState
from services.partners.quality.domain.tallies import BOOK
from services.partners.quality.usecases import looking, results
from services.partners.quality.usecases.walking import PARTNERS_PER_PAGE, WalkOn, walk_on
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from tests.builders import NOW, a_call, a_call_of, asked_by
from tests.component.partners.agreement.acts import active as agree
from tests.component.partners.certification.acts import complete, erase, track
from tests.component.partners.harness import VAT_NUMBERS, Harness
from tests.component.partners.quality.acts import (
    ADDRESS,
    arrive,
    change_contact,
    contact,
    found,
    remove_contact,
    standing,
    update,
    walk,
)

VAT: dict[str, Any] = {"registration_id": VAT_NUMBERS[0], "registration_id_type": RegistrationIdType.VAT}
KEPT, BROKEN, DISMISSED = QualityOutcome.KEPT, QualityOutcome.BROKEN, QualityOutcome.DISMISSED
Rule = QualityRule


async def quality(harness: Harness, partner: Partner) -> Quality:
    """What the vendor sees."""
    return await harness.look(results.get_quality, results.GetQuality, partner_id=partner.id)


async def outcomes(harness: Harness, partner: Partner) -> dict[QualityRule, QualityOutcome]:
    """The same, by rule, of those that apply."""
    shown = await quality(harness, partner)
    return {one.rule: one.outcome for one in shown.checks if one.outcome is not QualityOutcome.NOT_APPLICABLE}


async def dismiss(harness: Harness, finding: QualityFinding, reason: QualityDismissal) -> QualityFinding:
    """Clara dismisses a finding."""
    cmd = results.DismissQualityFinding(call=asked_by("dev:clara"), id=finding.id, dismissal=reason)
    return await harness.env.run(results.dismiss_quality_finding, cmd)


async def confirm(harness: Harness, partner_id: str, contact_id: str = "", *, by: str = "dev:ida") -> QualityRecord:
    """Somebody says that a record is right."""
    cmd = looking.ConfirmQualityRecord(call=asked_by(by), partner_id=partner_id, contact_id=contact_id)
    return await harness.env.run(looking.confirm_quality_record, cmd)


async def test_what_is_missing_is_found_and_who_adds_it_has_mended_it(harness: Harness) -> None:
    partner = await harness.apply()
    await arrive(harness)
    missing = (Rule.REGISTRATION_ID_GIVEN, Rule.ADDRESS_GIVEN, Rule.DOMAIN_GIVEN, Rule.PHONE_GIVEN)
    for rule in (*missing, Rule.MAIN_CONTACT_GIVEN):
        assert await standing(harness, partner.id, rule) == [("OPEN", "")], rule
    given = {**VAT, "address": ADDRESS, "domain": "zweirad.example", "phone": "+49431901820"}
    await update(harness, partner.id, by="dev:ida", **given)
    await contact(harness, partner.id, primary=True, name="Ada Weiß", email="ada@zweirad.example")
    await arrive(harness)
    for rule in missing:
        assert await standing(harness, partner.id, rule) == [("MENDED", "dev:ida")], rule
    assert await standing(harness, partner.id, Rule.MAIN_CONTACT_GIVEN) == [("MENDED", "system")]
    shown = await quality(harness, partner)
    assert all(one.outcome is not BROKEN for one in shown.checks)
    assert shown.score is not None
    assert shown.score.kept_weight == shown.score.applicable_weight
    assert {one.rule for one in shown.checks} == OF_PARTNERS
    assert next(one for one in shown.checks if one.rule is Rule.AGREEMENT_IN_FORCE).exemption is (
        QualityExemption.NOT_ADMITTED
    )


async def test_each_of_two_who_mend_a_record_is_named_for_what_that_person_mended(harness: Harness) -> None:
    partner = await harness.apply()
    await arrive(harness)
    await update(harness, partner.id, by="dev:ida", address=ADDRESS)
    await update(harness, partner.id, by="dev:olu", phone="+49431901820")
    await update(harness, partner.id, by="dev:eve", trade_name="Zweirad")
    await arrive(harness, again=True)  # only now, when the record has all of it
    assert await standing(harness, partner.id, Rule.ADDRESS_GIVEN) == [("MENDED", "dev:ida")]
    assert await standing(harness, partner.id, Rule.PHONE_GIVEN) == [("MENDED", "dev:olu")]
    await update(harness, partner.id, by="dev:olu", phone="")
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.PHONE_GIVEN) == [("MENDED", "dev:olu"), ("OPEN", "")]


async def test_a_number_with_a_wrong_check_digit_and_a_phone_of_no_country_are_not_valid(harness: Harness) -> None:
    partner = await harness.apply(**VAT, phone="0431 901820")
    await arrive(harness)
    assert {(await outcomes(harness, partner))[rule] for rule in (Rule.REGISTRATION_ID_VALID, Rule.PHONE_VALID)} == {
        KEPT
    }
    await write(harness, partner, registration_id=VAT_NUMBERS[0][:-1] + "0", phone="12")
    await walk(harness)
    assert await standing(harness, partner.id, Rule.REGISTRATION_ID_VALID) == [("OPEN", "")]
    assert await standing(harness, partner.id, Rule.PHONE_VALID) == [("OPEN", "")]
    await update(harness, partner.id, by="dev:ida", phone="0431 901820", **VAT)
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.REGISTRATION_ID_VALID) == [("MENDED", "dev:ida")]
    assert await standing(harness, partner.id, Rule.PHONE_VALID) == [("MENDED", "dev:ida")]


async def write(harness: Harness, partner: Partner, **fields: Any) -> None:
    """A record as an earlier release may have written it, without an event."""
    loaded = await get(harness.env.store, PARTNERS, partner.id)
    assert loaded is not None
    await harness.env.store.commit([loaded.put(replace(loaded.value, **fields))])


async def test_an_active_partner_needs_an_agreement_and_certificates_that_count(harness: Harness) -> None:
    partner = await harness.active()
    await arrive(harness)
    assert (await outcomes(harness, partner))[Rule.AGREEMENT_IN_FORCE] is BROKEN
    assert Rule.CERTIFICATE_CURRENT not in await outcomes(harness, partner)
    await agree(harness, partner.id)
    await track(harness)
    done = await complete(harness, await contact(harness, partner.id, name="Ada Weiß"))
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.AGREEMENT_IN_FORCE) == [("MENDED", "system")]
    assert (await outcomes(harness, partner))[Rule.CERTIFICATE_CURRENT] is KEPT
    await harness.run(revoke_completion, RevokeCompletion, id=done.id)
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.CERTIFICATE_CURRENT) == [("OPEN", "")]


async def test_two_partners_of_one_name_are_both_found_and_one_change_mends_both(harness: Harness) -> None:
    first = await harness.apply(legal_name="Zweirad Union GmbH")
    await arrive(harness)
    assert await found(harness, first.id, Rule.NAME_UNIQUE) == []
    second = await harness.apply(legal_name="ZWEIRAD-UNION")
    abroad = await harness.apply(legal_name="Zweirad Union", country="AT")
    await arrive(harness)
    [one], [other] = [await found(harness, each.id, Rule.NAME_UNIQUE) for each in (first, second)]
    assert (one.other_ids, other.other_ids) == ((second.id,), (first.id,))
    assert await found(harness, abroad.id, Rule.NAME_UNIQUE) == []
    await update(harness, second.id, by="dev:ida", legal_name="Dreirad Union")
    await arrive(harness)
    for each in (first, second):
        assert await standing(harness, each.id, Rule.NAME_UNIQUE) == [("MENDED", "dev:ida")]


async def test_two_partners_of_one_number_are_found_until_one_ends(harness: Harness) -> None:
    first = await harness.apply(**VAT)
    second = await harness.apply(
        legal_name="Dreirad", registration_id=VAT_NUMBERS[0], registration_id_type=RegistrationIdType.OTHER
    )
    await arrive(harness)
    assert [one.other_ids for one in await found(harness, first.id, Rule.REGISTRATION_ID_UNIQUE)] == [(second.id,)]
    await harness.end(second)
    await arrive(harness)
    assert await standing(harness, first.id, Rule.REGISTRATION_ID_UNIQUE) == [("MENDED", "system")]
    assert await standing(harness, second.id, Rule.REGISTRATION_ID_UNIQUE) == [("LAPSED", "")]
    assert await outcomes(harness, second) == {}
    assert (await quality(harness, second)).score is None


async def test_contacts_have_scores_of_their_own(harness: Harness) -> None:
    partner = await harness.apply()
    silent = await contact(harness, partner.id, name="Ada Weiß")
    one = await contact(harness, partner.id, name="Eva Grün", email="info@zweirad.example", phone="0431 901820")
    two = await contact(harness, partner.id, name="Olu Ade", email="Info@zweirad.example", phone="12")
    await arrive(harness)
    assert await broken(harness, silent.id) == {Rule.CONTACT_REACHABLE}
    assert await broken(harness, one.id) == {Rule.CONTACT_UNIQUE}
    assert await broken(harness, two.id) == {Rule.CONTACT_UNIQUE, Rule.CONTACT_PHONE_VALID}
    assert [each.contact_id for each in (await quality(harness, partner)).contacts] == [silent.id, two.id, one.id]
    await change_contact(harness, silent, by="dev:ida", name="Ada Weiß", email="ada@zweirad.example")
    await remove_contact(harness, two, by="dev:olu")
    await arrive(harness, again=True)
    assert await standing(harness, partner.id, Rule.CONTACT_REACHABLE) == [("MENDED", "dev:ida")]
    assert await standing(harness, partner.id, Rule.CONTACT_UNIQUE) == [("MENDED", "dev:olu"), ("LAPSED", "")]
    assert await get(harness.env.store, QUALITY_RECORDS, two.id) is None


async def broken(harness: Harness, record_id: str) -> set[QualityRule]:
    """The rules that a record breaks."""
    return set((await harness.value(QUALITY_RECORDS, record_id)).broken_rules)


async def test_no_rule_asks_for_the_data_of_an_erased_person(harness: Harness) -> None:
    partner = await harness.apply()
    one = await contact(harness, partner.id, name="Ada Weiß")
    await arrive(harness)
    await erase(harness, one.person)
    await harness.end(partner)
    await arrive(harness)
    await erase(harness, one.person)
    await walk(harness)
    assert await standing(harness, partner.id, Rule.CONTACT_REACHABLE) == [("LAPSED", "")]


async def test_records_grow_old_until_somebody_changes_or_confirms_them(harness: Harness) -> None:
    partner = await harness.apply()
    one = await contact(harness, partner.id, name="Ada Weiß", email="ada@zweirad.example")
    await arrive(harness)
    await walk(harness, days=365)
    assert (await outcomes(harness, partner))[Rule.RECORD_CURRENT] is KEPT
    await walk(harness)
    assert await standing(harness, partner.id, Rule.RECORD_CURRENT) == [("OPEN", "")]
    assert await standing(harness, partner.id, Rule.CONTACT_CURRENT) == [("OPEN", "")]
    done = await confirm(harness, partner.id)
    assert (done.confirmed_on, done.confirmed_by) == (harness.env.today(), "dev:ida")
    assert (await confirm(harness, partner.id, by="dev:olu")).version == done.version
    await change_contact(harness, one, by="dev:olu", name="Ada Weiß", email="weiss@zweirad.example")
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.RECORD_CURRENT) == [("MENDED", "dev:ida")]
    assert await standing(harness, partner.id, Rule.CONTACT_CURRENT) == [("MENDED", "dev:olu")]
    other = await harness.apply(legal_name="Dreirad")
    with pytest.raises(NotFound):
        await confirm(harness, other.id, one.id)
    await harness.end(other)
    with pytest.raises(WrongState):
        await confirm(harness, other.id)


async def test_a_dismissed_finding_counts_in_no_score_and_stays_until_the_field_changes(harness: Harness) -> None:
    partner = await harness.apply()
    await arrive(harness)
    [finding] = await found(harness, partner.id, Rule.ADDRESS_GIVEN)
    before = (await quality(harness, partner)).score
    done = await dismiss(harness, finding, QualityDismissal.CANNOT_BE_HAD)
    assert (done.state, done.dismissed_by) == (QualityFindingState.DISMISSED, "dev:clara")
    assert (await dismiss(harness, finding, QualityDismissal.CANNOT_BE_HAD)).version == done.version
    after = (await quality(harness, partner)).score
    assert before is not None
    assert after is not None
    assert (after.kept_weight, after.applicable_weight) == (before.kept_weight, before.applicable_weight - 6)
    await update(harness, partner.id, by="dev:ida", domain="zweirad.example")
    await arrive(harness)
    await walk(harness)
    assert await standing(harness, partner.id, Rule.ADDRESS_GIVEN) == [("DISMISSED", "")]
    await update(harness, partner.id, by="dev:ida", address=replace(ADDRESS, city=""))
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.ADDRESS_GIVEN) == [("OPEN", "")]
    await dismiss(harness, finding, QualityDismissal.CANNOT_BE_HAD)
    await update(harness, partner.id, by="dev:ida", address=ADDRESS)
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.ADDRESS_GIVEN) == [("MENDED", "dev:ida")]
    with pytest.raises(WrongState):
        await dismiss(harness, finding, QualityDismissal.RIGHT_AS_IT_IS)


async def test_two_of_one_name_stay_dismissed_until_a_third_comes(harness: Harness) -> None:
    first, second = await harness.apply(), await harness.apply()
    await arrive(harness)
    [finding] = await found(harness, first.id, Rule.NAME_UNIQUE)
    await dismiss(harness, finding, QualityDismissal.NOT_THE_SAME)
    await update(harness, second.id, by="dev:ida", phone="+49431901820")
    await arrive(harness)
    assert await standing(harness, first.id, Rule.NAME_UNIQUE) == [("DISMISSED", "")]
    third = await harness.apply()
    await arrive(harness)
    [again] = await found(harness, first.id, Rule.NAME_UNIQUE)
    assert (again.state, set(again.other_ids)) == (QualityFindingState.OPEN, {second.id, third.id})


async def test_the_walk_is_bounded_and_repeatable_and_waits_for_the_event_of_a_change(harness: Harness) -> None:
    partners = [await harness.apply(legal_name=f"Rad {place}") for place in range(PARTNERS_PER_PAGE + 1)]
    harness.told.clear()  # as if the events were lost
    walked = await harness.env.run(walk_on, WalkOn(call=a_call()))
    assert (walked.contacts, bool(walked.cursor)) == (False, True)
    assert await get(harness.env.store, QUALITY_RECORDS, partners[-1].id) is None
    await walk(harness, days=0)
    book = await harness.value(QUALITY_BOOKS, BOOK)
    assert (book.walking, sum(one.partner_count for one in book.counted if one.dimension is None)) == (False, 21)
    records = await harness.value(QUALITY_RECORDS, partners[0].id)
    await walk(harness, days=1)
    assert (await harness.value(QUALITY_RECORDS, partners[0].id)).version == records.version
    await update(harness, partners[0].id, by="dev:ida", address=ADDRESS)
    lost, harness.told = harness.told, []
    await walk(harness)
    assert await standing(harness, partners[0].id, Rule.ADDRESS_GIVEN) == [("OPEN", "")]
    assert (await outcomes(harness, partners[0]))[Rule.ADDRESS_GIVEN] is KEPT
    await walk(harness)
    assert await standing(harness, partners[0].id, Rule.ADDRESS_GIVEN) == [("MENDED", "")]
    harness.told = lost
    await arrive(harness)
    assert await standing(harness, partners[0].id, Rule.ADDRESS_GIVEN) == [("MENDED", "")]


async def test_the_summary_counts_findings_of_a_period_and_the_mean_of_the_last_walk(harness: Harness) -> None:
    first, second = await harness.apply(), await harness.apply(legal_name="Dreirad", address=ADDRESS)
    await arrive(harness)
    [finding] = await found(harness, second.id, Rule.PHONE_GIVEN)
    await dismiss(harness, finding, QualityDismissal.CANNOT_BE_HAD)
    harness.clock.advance(timedelta(days=1))
    await update(harness, first.id, by="dev:ida", address=ADDRESS)
    await arrive(harness)
    await walk(harness, days=0)
    scores = [(await quality(harness, one)).score for one in (first, second)]
    today = NOW.date()
    summed = await summary(harness, today, today)
    by_rule = {one.rule: one.counts for one in summed.rules}
    address, phone = by_rule[Rule.ADDRESS_GIVEN], by_rule[Rule.PHONE_GIVEN]
    assert (address.opened_count, address.mended_count, address.open_count) == (1, 0, 0)
    assert (phone.opened_count, phone.open_count, phone.dismissed_count) == (2, 1, 1)
    assert summed.mean is not None
    shares = [one.share for one in scores if one is not None]
    assert summed.mean.mean_basis_points == round(sum(shares) / 2 * 10_000)
    later = await summary(harness, today + timedelta(days=1), today + timedelta(days=1))
    assert {one.rule: one.counts for one in later.rules}[Rule.ADDRESS_GIVEN].mended_count == 1


async def summary(harness: Harness, first: date, last: date) -> Any:
    """The summary of a period."""
    fields = {"first_day": first, "last_day": last}
    return await harness.look(results.get_quality_summary, results.GetQualitySummary, **fields)


async def test_a_partners_people_see_their_own_partner_and_not_which_others_there_are(harness: Harness) -> None:
    first, second = await harness.apply(), await harness.apply()
    await contact(harness, first.id, name="Ada Weiß")
    await arrive(harness)
    call = a_call_of(first.id)
    listed = await results.list_quality_findings(harness.env, results.ListQualityFindings(call=call))
    rules = {row.value.rule for row in listed.rows}
    assert {row.value.partner_id for row in listed.rows} == {first.id}
    assert Rule.CONTACT_REACHABLE in rules
    assert not rules & {Rule.NAME_UNIQUE, Rule.REGISTRATION_ID_UNIQUE}
    shown = await results.get_quality(harness.env, results.GetQuality(call=call, partner_id=first.id))
    whole = await quality(harness, first)
    assert {one.rule for one in whole.checks} - {one.rule for one in shown.checks} == {
        Rule.NAME_UNIQUE,
        Rule.REGISTRATION_ID_UNIQUE,
    }
    assert (shown.score, whole.score) == (a_score(5, 35), a_score(5, 41))
    with pytest.raises(NotFound):
        await results.get_quality(harness.env, results.GetQuality(call=call, partner_id=second.id))
    with pytest.raises(NotFound):
        await results.list_quality_findings(harness.env, results.ListQualityFindings(call=call, partner_id=second.id))
    with pytest.raises(NotFound):
        await looking.confirm_quality_record(harness.env, looking.ConfirmQualityRecord(call=call, partner_id=second.id))
    done = await looking.confirm_quality_record(
        harness.env, looking.ConfirmQualityRecord(call=call, partner_id=first.id)
    )
    assert done.confirmed_by == call.caller.subject


def a_score(kept: int, applicable: int) -> QualityScore:
    """A score of these weights."""
    return QualityScore(kept_weight=kept, applicable_weight=applicable)


async def test_a_certificate_mends_at_once_however_often_its_partner_has_changed(harness: Harness) -> None:
    partner = await harness.active()
    for phone in ("0431 901820", "0431 901821", "0431 901822"):
        await update(harness, partner.id, by="dev:ida", phone=phone)
    await track(harness)
    ada = await contact(harness, partner.id, name="Ada Weiß")
    done = await complete(harness, ada)
    await harness.run(revoke_completion, RevokeCompletion, id=done.id)
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.CERTIFICATE_CURRENT) == [("OPEN", "")]
    await complete(harness, ada)
    await arrive(harness)
    assert await standing(harness, partner.id, Rule.CERTIFICATE_CURRENT) == [("MENDED", "system")]


async def test_the_worklist_shows_the_heaviest_and_oldest_first(harness: Harness) -> None:
    first, second = await harness.apply(), await harness.apply(legal_name="Dreirad")
    await arrive(harness)
    listed = await harness.pages(results.list_quality_findings, results.ListQualityFindings, page_size=3)
    ranks = [(one.urgency, one.id) for one in listed]
    assert ranks == sorted(ranks)
    assert {one.partner_id for one in listed} == {first.id, second.id}
    only = {"partner_id": second.id, "rule": Rule.PHONE_GIVEN, "state": QualityFindingState.OPEN}
    assert [
        one.partner_id
        for one in await harness.pages(results.list_quality_findings, results.ListQualityFindings, **only)
    ] == [second.id]
    rows = await harness.pages(results.list_quality_records, results.ListQualityRecords)
    assert {one.partner_id for one in rows} == {first.id, second.id}
    assert await get(harness.env.store, QUALITY_FINDINGS, listed[0].id) is not None
