"""Every decision of the programme is explained by one call: its figures, its rule with the version, its evidence.

Where the evidence is many documents, the answer has the request that lists them, and they add up to the figure.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from google.type.date_pb2 import Date

from libs.mapping import to_wire
from libs.pb.prm.partners import v1 as pb
from libs.person import PersonalText
from libs.rights import ClauseSubject, NoAgreement
from services.partners.agreement.domain.terms import Clause
from services.partners.conduct.api import Api as Conduct
from services.partners.conduct.domain.states import ConductState
from services.partners.facts.api import Api as Facts
from services.partners.funds.api import Api as Funds
from services.partners.funds.domain.ledger import FundExhausted
from services.partners.funds.usecases import requests
from services.partners.scorecard.api import Api as Scorecards
from services.partners.tier_review.api import Api as Reviews
from tests.builders import a_call, a_call_of
from tests.component.partners.agreement import acts as agreements
from tests.component.partners.conduct import acts as conduct
from tests.component.partners.funds import acts as funds
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard import acts as scorecards
from tests.component.partners.tier_review.acts import QUARTER_ENDS, at, enroll, order, publish
from tests.unit.partners.funds.built import eur
from tests.unit.partners.scorecard.built import QUARTER, revenue


async def _documents(
    harness: Harness, partner_id: str, metric: "pb.FactMetric.ValueType", first: Date, before: Date
) -> list[int]:
    """The amounts of the documents that ListFactEvidence lists for a figure, in units, to the partner's people."""
    asked = pb.ListFactEvidenceRequest(partner_id=partner_id, metric=metric, day_from=first, day_before=before)
    found = await Facts(harness.env).ListFactEvidence(asked, a_call_of(partner_id))
    return sorted(one.figure.amount.units for one in found.evidence)


def _day(day: date) -> Date:
    return Date(year=day.year, month=day.month, day=day.day)


async def test_a_tier_that_moved_is_explained_by_its_row_of_the_history(harness: Harness) -> None:
    program = await publish(harness)
    partner = await harness.active()
    await enroll(harness, partner.id)
    await order(harness, partner.id, 4000)
    await order(harness, partner.id, 1500, number=2)
    await at(harness, QUARTER_ENDS)
    asked = pb.ListTierHistoryRequest(partner_id=partner.id, cause=pb.TIER_CHANGE_CAUSE_PROMOTED)
    [change] = (await Reviews(harness.env).ListTierHistory(asked, a_call_of(partner.id))).changes
    assert (change.before.code, change.after.code, change.after.program_id) == ("BASIC", "GOLD", program.id)
    [gold] = change.figures[2].groups[0].requirements
    assert (gold.metric, gold.comparison, gold.have, gold.need, gold.missing, gold.currency) == (
        *("REVENUE_ORDERED", pb.COMPARISON_AT_LEAST, "5500", "5000", "0", "EUR"),
    )
    assert (gold.first_day, gold.last_day) == (_day(date(2026, 1, 1)), change.period_last_day)
    assert change.as_of.ToDatetime(QUARTER_ENDS.tzinfo) >= QUARTER_ENDS
    before = _day(date(2026, 4, 1))
    found = await _documents(harness, partner.id, pb.FACT_METRIC_REVENUE_ORDERED, gold.first_day, before)
    assert (found, sum(found)) == ([1500, 4000], int(gold.have))


async def test_a_line_of_a_card_is_explained_by_the_card(harness: Harness) -> None:
    partner = await harness.active()
    model = await scorecards.published(harness, revenue())
    for number, cents in enumerate((200_00, 550_00)):
        await scorecards.ordered(harness, partner, number, cents=cents)
    await scorecards.close(harness)
    held = await scorecards.card_of(harness, partner)
    asked = pb.GetScorecardRequest(id=held.id)
    card = (await Scorecards(harness.env).GetScorecard(asked, a_call_of(partner.id))).scorecard
    assert (card.model_id, card.model_number, card.quarter) == (model.id, 1, _day(QUARTER))
    [line] = card.lines
    rule = line.dimension
    assert (rule.metric, rule.worst, rule.target, rule.weight_basis_points) == (
        *(pb.FACT_METRIC_REVENUE_ORDERED, "0", "1000", 10_000),
    )
    assert (line.figure.amount.units, line.value, line.points, line.shared_weight_basis_points) == (
        *(750, "750", 7_500, 10_000),
    )
    assert card.score == line.points
    named = line.evidence
    assert await _documents(harness, partner.id, named.metric, named.day_from, named.day_before) == [200, 550]


async def test_a_step_against_a_breach_is_explained_by_the_case(harness: Harness) -> None:
    partner = await harness.active()
    await conduct.put_rule(harness)
    rule = await conduct.put_rule(harness, title="Sales in another territory")
    case = await conduct.ladder(harness, partner.id, ConductState.FINE)
    asked = pb.GetConductCaseRequest(id=case.id)
    shown = (await Conduct(harness.env).GetConductCase(asked, a_call_of(partner.id))).conduct_case
    assert (shown.terms.code, shown.clause, shown.rule_revision) == ("GREY", "4.2", rule.revision)
    fine = shown.steps[-1]
    assert (fine.state, fine.reason, fine.points) == (pb.CONDUCT_STATE_FINE, pb.CONDUCT_REASON_PROVEN, 5)
    assert (shown.fine.units, shown.terms.fine_cap.units, shown.terms.points.fine) == (100, 5000, 5)
    assert shown.points_thousandths == 5_000
    [proof] = shown.evidence
    assert (proof.sha256, proof.reference) == ("a" * 64, "AD-1")
    assert shown.HasField("appeal_until")


async def test_a_refused_reservation_is_explained_by_its_error(harness: Harness) -> None:
    """The figures are those of the ledger up to the entry that the error names."""
    partner = await harness.active()
    fund = await funds.open_fund(harness, partner.id, eur(100))
    await funds.submit(harness, await funds.draft(harness, fund, eur(70)))
    with pytest.raises(FundExhausted) as refused:
        await funds.submit(harness, await funds.draft(harness, fund, eur(31)))
    said: dict[str, Any] = dict(refused.value.metadata)
    assert (refused.value.reason, said["id"], said["entry"]) == ("FUND_EXHAUSTED", fund.id, "2")
    assert (said["available"], said["asked"], said["currency"]) == ("30.0000", "31.0000", "EUR")
    listed = await Funds(harness.env).ListFundEntries(pb.ListFundEntriesRequest(fund_id=fund.id), a_call_of(partner.id))
    assert [(one.number, one.available.units) for one in listed.entries] == [(1, 100), (2, 30)]


async def test_a_request_without_a_right_to_funds_is_explained_by_the_agreement_and_clause(harness: Harness) -> None:
    partner = await harness.active()
    clause = Clause(number="7.2", subject=ClauseSubject.FUNDS)
    agreement = await agreements.active(harness, partner.id, funds=False, clauses=(clause,))
    with pytest.raises(NoAgreement) as refused:
        await funds.open_fund(harness, partner.id)
    said = refused.value.metadata
    assert (said["right"], said["agreement_id"], said["clause"]) == ("FUNDS", agreement.id, "7.2")


async def test_a_rejected_request_is_explained_by_the_request(harness: Harness) -> None:
    partner = await harness.active()
    fund = await funds.open_fund(harness, partner.id)
    request = await funds.submit(harness, await funds.draft(harness, fund, eur(70)))
    harness.clock.advance(timedelta(hours=1))
    reason = PersonalText(text="The fair is outside of the territory.")
    reject = requests.RejectFundingRequest
    await harness.run(requests.reject_funding_request, reject, id=request.id, reason=reason)
    asked = pb.GetFundingRequestRequest(id=request.id)
    shown = (await Funds(harness.env).GetFundingRequest(asked, a_call_of(partner.id))).funding_request
    assert (shown.state, shown.amount.units, shown.reserved.units, shown.fund_id) == (
        *(pb.FUNDING_REQUEST_STATE_REJECTED, 70, 0, fund.id),
    )
    assert (shown.reject_reason.text, shown.decide_time) == (reason.text, to_wire(harness.clock.now()))
    asked_entries = pb.ListFundEntriesRequest(fund_id=fund.id, document_id=request.id)
    entries = (await Funds(harness.env).ListFundEntries(asked_entries, a_call())).entries
    assert [pb.FundEntryType.Name(one.type) for one in entries] == [
        "FUND_ENTRY_TYPE_RESERVE",
        "FUND_ENTRY_TYPE_RELEASE",
    ]
