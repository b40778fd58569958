"""An agreement from its draft to its end: what is kept, told and refused, and what its partner's users see."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from libs.call import SYSTEM, Call
from libs.errors import InvalidInput, NotFound, WrongState
from libs.pb.prm.common.v1.clause_pb2 import CLAUSE_SUBJECT_PRODUCT_LINES
from libs.pb.prm.partners import v1 as pb
from libs.rights import AgreementState, ClauseSubject, Place
from services.partners.agreement import jobs
from services.partners.agreement.api import Api
from services.partners.agreement.consumers import CONSUMERS
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain.agreement import Agreement, AgreementCycle, NoticeTooShort
from services.partners.agreement.domain.states import Party, Renewal, TerminationCause
from services.partners.agreement.domain.terms import Clause
from services.partners.agreement.usecases import ending, writing
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from tests.builders import a_call
from tests.component.partners.agreement.acts import HASH, TODAY, active, drafted, sent, sign, terms
from tests.component.partners.certification.acts import erase
from tests.component.partners.harness import Harness

DAY = timedelta(days=1)


async def arrive(harness: Harness) -> list[str]:
    """What was told arrives in partners itself; the names of the events about agreements."""
    [consumer] = CONSUMERS
    told, harness.told = harness.told, []
    about = [one for one in told if ".agreement." in one.subject]
    for envelope in about:
        await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test", dedup_key=envelope.id))
    return [one.subject.rpartition(".")[2] for one in about]


async def revise(harness: Harness, agreement: Agreement, **fields: Any) -> Agreement:
    """Other terms."""
    supersedes = fields.pop("supersedes", "")
    content = {"id": agreement.id, "terms": terms(**fields), "supersedes_agreement_id": supersedes}
    return await harness.run(writing.revise_agreement, writing.ReviseAgreement, **content)


async def test_an_agreement_is_in_force_once_both_have_signed_and_says_what_follows(harness: Harness) -> None:
    partner = await harness.active()
    harness.events()
    clauses = (
        Clause(number="2.1", subject=ClauseSubject.PRODUCT_LINES, title="Products"),
        Clause(number="9", subject=ClauseSubject.OTHER),
    )
    made = await active(
        harness,
        partner.id,
        product_lines=("ROUTERS",),
        places=(Place(country="DE", subdivision="BY"),),
        clauses=clauses,
    )
    assert (made.state, made.revision, made.since, made.last_day) == (AgreementState.ACTIVE, 1, TODAY, None)
    assert [one.person.person_id[:4] for one in made.signatures] == ["psn_", "psn_"]
    told = harness.events()
    assert [name for name, _, _ in told] == [
        *("AgreementDrafted", "AgreementSent", "AgreementSigned", "AgreementSigned")
    ]
    facts = pb.AgreementFacts(
        state=pb.AGREEMENT_STATE_ACTIVE,
        valid_from={"year": 2026, "month": 3, "day": 2},
        product_lines=["ROUTERS"],
        places=[pb.Place(country="DE", subdivision="BY")],
        registering=True,
        clauses=[pb.NamedClause(subject=CLAUSE_SUBJECT_PRODUCT_LINES, number="2.1")],
    )
    assert told[-1][2] == pb.AgreementSigned(agreement_id=made.id, partner_id=partner.id, facts=facts)


async def test_wrong_signatures_and_terms_change_nothing(harness: Harness) -> None:
    partner = await harness.active(kind=PartnerKind.AGENT)
    with pytest.raises(InvalidInput) as refused:
        await drafted(harness, partner.id, notice_months=0, notice_days=14)
    assert [one.reason for one in refused.value.violations] == ["NOTICE_TOO_SHORT"]
    with pytest.raises(NotFound):
        await drafted(harness, partner.id, supersedes="agr_local_01jz8c00000000000000000001")
    agreement = await sent(harness, await drafted(harness, partner.id))
    with pytest.raises(InvalidInput) as refused:
        await sign(harness, await revise_hash(harness, agreement), Party.VENDOR, on=TODAY + DAY)
    assert [one.reason for one in refused.value.violations] == ["IN_THE_FUTURE", "OTHER_DOCUMENT"]
    assert (await harness.value(AGREEMENTS, agreement.id)).signatures == ()


async def revise_hash(harness: Harness, agreement: Agreement) -> Agreement:
    """The agreement, sent again with another document."""
    return await sent(harness, await revise(harness, agreement, document_sha256="cd" * 32))


async def test_an_answer_shows_the_law_or_that_it_is_not_known(harness: Harness) -> None:
    agent = await harness.active(kind=PartnerKind.AGENT)
    reseller = await harness.active(number=1)
    api = Api(harness.env)
    made = await active(harness, agent.id, valid_from=date(2024, 1, 1))
    shown = await api.GetAgreement(pb.GetAgreementRequest(id=made.id), a_call())
    assert (shown.statute.known, shown.statute.notice_months, shown.statute.claim_months) == (True, 3, 12)
    assert "HGB" in shown.statute.source
    assert (shown.earliest_last_day.month, shown.earliest_last_day.day) == (6, 2)
    other = await drafted(harness, reseller.id)
    shown = await api.GetAgreement(pb.GetAgreementRequest(id=other.id), a_call())
    assert (shown.statute.known, shown.statute.country, shown.HasField("earliest_last_day")) == (False, "DE", False)


async def test_notice_ends_it_with_its_day_and_by_the_clock(harness: Harness) -> None:
    agent = await harness.active(kind=PartnerKind.AGENT)
    made = await active(harness, agent.id, valid_from=date(2019, 1, 1))
    asked = {"id": made.id, "party": Party.VENDOR}
    with pytest.raises(NoticeTooShort) as refused:
        await harness.run(ending.give_notice, ending.GiveNotice, **asked, last_day=date(2026, 6, 2))
    assert refused.value.metadata["earliest_last_day"] == "2026-09-02"
    with pytest.raises(InvalidInput):
        await harness.run(ending.give_notice, ending.GiveNotice, **asked, given_on=TODAY + DAY)
    given = await harness.run(ending.give_notice, ending.GiveNotice, **asked)
    assert (given.state, given.last_day) == (AgreementState.NOTICE_GIVEN, date(2026, 9, 2))
    harness.clock.advance(date(2026, 9, 2) - TODAY)
    assert await jobs.move_due(harness.env) == 0
    harness.clock.advance(DAY)
    assert await jobs.move_due(harness.env) == 1
    assert (await harness.value(AGREEMENTS, made.id)).state is AgreementState.TERMINATED


async def test_a_term_is_warned_of_renewed_or_expires(harness: Harness) -> None:
    partner = await harness.active()
    term: dict[str, Any] = {"valid_until": TODAY + 30 * DAY}
    one = await active(harness, partner.id, **term)
    other = await active(harness, partner.id, **term, renewal=Renewal.AUTOMATIC, renewal_months=1)
    await arrive(harness)
    assert await jobs.move_due(harness.env) == 2
    assert await arrive(harness) == ["warned", "warned"]
    harness.clock.advance(31 * DAY)
    await jobs.move_due(harness.env)
    assert sorted(await arrive(harness)) == ["expired", "renewed"]
    assert (await harness.value(AGREEMENTS, one.id)).state is AgreementState.EXPIRED
    assert (await harness.value(AGREEMENTS, other.id)).term_end == date(2026, 5, 1)


async def test_another_takes_its_place_and_the_contract_goes_on(harness: Harness) -> None:
    partner = await harness.active()
    old = await active(harness, partner.id, valid_from=date(2020, 5, 1))
    new = await active(harness, partner.id, supersedes=old.id, valid_from=TODAY + 10 * DAY)
    assert (new.since, new.revision, new.begun) == (date(2020, 5, 1), 2, False)
    old = await harness.value(AGREEMENTS, old.id)
    assert (old.state, old.last_day) == (AgreementState.SUPERSEDED, TODAY + 9 * DAY)
    third = await sent(harness, await drafted(harness, partner.id, supersedes=old.id))
    await sign(harness, third, Party.VENDOR)
    with pytest.raises(WrongState):
        await sign(harness, third, Party.PARTNER)


async def test_agreements_never_supersede_each_other(harness: Harness) -> None:
    partner = await harness.active()
    one = await drafted(harness, partner.id)
    other = await drafted(harness, partner.id, supersedes=one.id)
    with pytest.raises(AgreementCycle):
        await revise(harness, one, supersedes=other.id)
    third = await drafted(harness, partner.id)
    fourth = await drafted(harness, partner.id)
    done = await asyncio.gather(
        revise(harness, third, supersedes=fourth.id),
        revise(harness, fourth, supersedes=third.id),
        return_exceptions=True,
    )
    assert sorted(type(found).__name__ for found in done) == ["Agreement", "AgreementCycle"]


async def test_the_users_of_a_partner_see_its_downline_while_an_agreement_says_so(harness: Harness) -> None:
    partner = await harness.active()

    async def sees() -> bool:
        await arrive(harness)
        found: Partner = await harness.value(PARTNERS, partner.id)
        return found.sees_downline

    await drafted(harness, partner.id, sees_downline=True)
    assert not await sees()
    made = await active(harness, partner.id, sees_downline=True, valid_from=TODAY + DAY, valid_until=TODAY + 2 * DAY)
    assert not await sees()
    for _, expected in ((1, True), (2, True), (3, False)):
        harness.clock.advance(DAY)
        while await jobs.move_due(harness.env):
            pass
        assert await sees() is expected
    assert (await harness.value(AGREEMENTS, made.id)).state is AgreementState.EXPIRED


@pytest.mark.parametrize("how", ["terminated", "superseded"])
async def test_the_users_of_a_partner_see_its_downline_up_to_a_last_day_that_was_set_before(
    harness: Harness, how: str
) -> None:
    partner = await harness.active()
    made = await active(harness, partner.id, sees_downline=True, valid_until=TODAY + DAY)
    if how == "terminated":
        end = ending.TerminateAgreement
        await harness.run(ending.terminate_agreement, end, id=made.id, cause=TerminationCause.BREACH)
    else:
        await active(harness, partner.id, supersedes=made.id, valid_from=TODAY + 30 * DAY)
    last = (await harness.value(AGREEMENTS, made.id)).last_day or date.max
    for _ in range(3):
        await arrive(harness)
        while await jobs.move_due(harness.env):
            await arrive(harness)
        found: Partner = await harness.value(PARTNERS, partner.id)
        assert found.sees_downline is (harness.env.today() <= last)
        harness.clock.advance(DAY)


async def test_without_notice_it_ends_today(harness: Harness) -> None:
    made = await active(harness, (await harness.active()).id)
    ended = await harness.run(
        ending.terminate_agreement, ending.TerminateAgreement, id=made.id, cause=TerminationCause.BREACH
    )
    assert (ended.state, ended.last_day) == (AgreementState.TERMINATED, TODAY)


async def test_who_signed_is_kept_while_it_runs_and_erased_when_no_law_keeps_it(harness: Harness) -> None:
    partner = await harness.active()
    made = await active(harness, partner.id)
    draft = await sign(harness, await sent(harness, await drafted(harness, partner.id)), Party.VENDOR)
    for one in (made, draft):
        await erase(harness, one.signatures[0].person)
    assert [one.person.name for one in (await harness.value(AGREEMENTS, made.id)).signatures] == ["Eva Grün"] * 2
    assert [one.person.name for one in (await harness.value(AGREEMENTS, draft.id)).signatures] == [""]
    assert made.terms.document_sha256 == HASH
