"""What comes in is compared with what is there, scored by the version of the day, and stored once."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from libs.errors import InvalidInput, WrongState
from libs.money import Money
from libs.pb.prm.common.v1 import import_pb2
from libs.pb.prm.deals import v1 as pb
from libs.rpc.decode import Incoming
from libs.versions import RuleState, VersionInForce
from services.deals.leads.api import Api
from services.deals.leads.documents import SCORINGS
from services.deals.leads.domain.scoring import LeadBand, LeadScoreFact, LeadScoreRule, VersionNotLater
from services.deals.leads.domain.states import LeadBasis, LeadClosureCode, LeadState
from services.deals.leads.usecases import judging, lists
from tests.builders import a_call
from tests.component.deals.customers.telling import listed, settle
from tests.component.deals.harness import ACME
from tests.component.deals.leads.inquiries import Desk

RULES = (
    LeadScoreRule(code="FAIR", fact=LeadScoreFact.SOURCE, values=("TRADE_FAIR",), points=40),
    LeadScoreRule(code="KNOWN", fact=LeadScoreFact.KNOWN_CUSTOMER, points=30),
)


async def publish(desk: Desk, day: date) -> None:
    await desk.run(
        lists.publish_lead_scoring,
        lists.PublishLeadScoring,
        effective_date=day,
        rules=RULES,
        qualify_from=60,
        bands=(LeadBand(from_score=60, follow_up_days=9),),
    )


async def test_a_second_inquiry_of_an_open_one_is_kept_and_ended(desk: Desk) -> None:
    first = await desk.create()
    again = await desk.create()
    other_line = await desk.create(product_lines=("CABLES",))
    assert (again.state, again.closure_code) == (LeadState.DISQUALIFIED, LeadClosureCode.DUPLICATE)
    assert first.id in {one.id for one in again.matches}
    assert other_line.state is LeadState.NEW
    for lead in (first, other_line):
        code = LeadClosureCode.NO_NEED
        await desk.run(judging.disqualify_lead, judging.DisqualifyLead, id=lead.id, code=code)
    assert (await desk.create()).state is LeadState.NEW


async def test_a_lead_shows_the_claim_and_the_customer_that_it_equals(desk: Desk) -> None:
    reg = await desk.submit(await desk.draft())
    await settle(desk)
    (customer,) = await listed(desk)
    lead = await desk.create(customer=ACME)
    assert {one.id for one in lead.matches} == {reg.id, customer.id}
    assert not any(one.protects for one in lead.matches)


async def test_the_version_of_the_day_scores_and_qualifies(desk: Desk) -> None:
    today = desk.env.today()
    await publish(desk, today.replace(day=today.day + 1))
    with pytest.raises(VersionNotLater):
        await publish(desk, today.replace(day=today.day + 1))
    before = await desk.create("Vorwerk")
    desk.days(1)
    await desk.submit(await desk.draft())
    await settle(desk)
    plain, known = await desk.create("Nachwerk"), await desk.create(customer=ACME)
    assert [(one.score, one.state) for one in (before, plain, known)] == [
        (0, LeadState.NEW),
        (40, LeadState.NEW),
        (70, LeadState.QUALIFIED),
    ]
    assert [(one.code, one.met) for one in known.score_lines] == [("FAIR", True), ("KNOWN", True)]
    assert known.follow_up_days == 9


async def test_a_version_for_a_far_day_is_withdrawn_and_stands_in_no_way(desk: Desk) -> None:
    far, today = date(9999, 12, 31), desk.env.today()
    await publish(desk, far)
    with pytest.raises(VersionNotLater):
        await publish(desk, today)
    wrong = (await desk.look(lists.list_lead_scorings, lists.ListLeadScorings)).rows[0].value
    withdraw = lists.withdraw_lead_scoring, lists.WithdrawLeadScoring
    desk.told.clear()
    gone = await desk.run(*withdraw, id=wrong.id)
    assert (gone.state, desk.names()) == (RuleState.WITHDRAWN, ["LeadScoringWithdrawn"])
    with pytest.raises(WrongState):
        await desk.run(*withdraw, id=wrong.id)
    await publish(desk, today)
    lead = await desk.create("Nachwerk")
    assert lead.scoring_id not in ("", wrong.id)
    with pytest.raises(VersionInForce):
        await desk.run(*withdraw, id=lead.scoring_id)
    await publish(desk, far)
    again = await desk.value(SCORINGS, wrong.id)
    assert (again.state, again.version) == (RuleState.PUBLISHED, 3)


async def test_a_basis_must_fit_what_the_lead_holds(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        await desk.create(basis=LeadBasis.NO_PERSON)
    assert [one.reason for one in refused.value.violations] == ["CONTRADICTION", "CONTRADICTION"]
    with pytest.raises(InvalidInput):
        await desk.create(basis=LeadBasis.CONSENT)
    lead = await desk.offered()
    taken = await desk.run(judging.state_lead_basis, judging.StateLeadBasis, id=lead.id)
    assert (taken.state, taken.partner_id, (await desk.account(lead.partner_id)).open_leads) == (
        *(LeadState.QUALIFIED, ""),
        0,
    )


async def test_an_imported_row_makes_one_lead_and_another_row_under_its_id_is_refused(desk: Desk) -> None:
    first, again, other = await take(desk, row(), row(), row(source=pb.LEAD_SOURCE_MAIL))
    assert [one.outcome for one in (first, again)] == [
        import_pb2.IMPORT_OUTCOME_CREATED,
        import_pb2.IMPORT_OUTCOME_UNCHANGED,
    ]
    assert (again.id, other.outcome) == (first.id, import_pb2.IMPORT_OUTCOME_REFUSED)
    assert list(other.differing_fields) == ["source"]
    late = (await take(desk, row(external_id="2", create_time={"seconds": 4_000_000_000})))[0]
    assert late.outcome == import_pb2.IMPORT_OUTCOME_REFUSED


def row(**fields: Any) -> pb.ImportLeadRow:
    content = {
        "external_source": "crm",
        "external_id": "1",
        "source": pb.LEAD_SOURCE_TRADE_FAIR,
        "customer": {"legal_name": "Importwerk", "country": "DE", "domain": "importwerk.example"},
        "contact": {"name": "Ada"},
        "create_time": {"seconds": 1_700_000_000},
        **fields,
    }
    return pb.ImportLeadRow(**content)


async def take(desk: Desk, *rows: pb.ImportLeadRow) -> list[import_pb2.ImportResult]:
    async def batches() -> AsyncIterator[Incoming[pb.ImportLeadsRequest]]:
        yield Incoming(pb.ImportLeadsRequest(rows=rows), None)

    return [one async for answer in Api(desk.env).ImportLeads(batches(), a_call()) for one in answer.results]


async def test_an_expected_amount_is_not_negative(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        await desk.create(expected_amount=Money.of(-5, "EUR"))
    assert [(one.field, one.reason) for one in refused.value.violations] == [("expected_amount", "OUT_OF_RANGE")]
