"""Cases on a real store: who sees what, two persons, what happens to the partner, deadlines, points, the record."""

from datetime import date, timedelta

import pytest

from libs.call import Call, Caller
from libs.decisions.decision import SecondPersonRequired
from libs.decisions.four_eyes import ConfirmDecision
from libs.errors import InvalidInput, NotFound, WrongState
from libs.partner import PartnerNotActive, PartnerStatus
from libs.pb.prm.partners import v1 as pb
from libs.rights import ClauseSubject
from services.partners.agreement.domain.terms import Clause
from services.partners.conduct.api import Api
from services.partners.conduct.documents import CONDUCT_CASES
from services.partners.conduct.domain.appeals import OtherPersonRequired
from services.partners.conduct.domain.states import ConductBasis, ConductReason, ConductSource, ConductState
from services.partners.conduct.jobs import move_due_conduct_cases
from services.partners.conduct.reads import points_at
from services.partners.conduct.usecases import cases
from services.partners.conduct.usecases.deciding import FOUR_EYES, DecideConductCase
from services.partners.conduct.usecases.record import GetConductRecord, get_conduct_record
from services.partners.conduct.wire import decide as decoded
from services.partners.record.documents import PARTNERS
from tests.builders import NOW, a_call, a_call_of, an_id
from tests.component.partners.agreement.acts import active as agreed
from tests.component.partners.conduct.acts import (
    PROOF,
    WORDS,
    appeal,
    by,
    decide,
    judge,
    ladder,
    put_rule,
    reported,
)
from tests.component.partners.harness import Harness

DAY = timedelta(days=1)
State = ConductState


async def test_one_call_explains_a_case_and_the_partner_does_not_learn_who_reported(harness: Harness) -> None:
    partner = await harness.active()
    await put_rule(harness)
    await put_rule(harness, cure_days=7)
    case = await ladder(harness, partner.id, State.WARNING)
    api = Api(harness.env)
    shown = (await api.GetConductCase(pb.GetConductCaseRequest(id=case.id), a_call())).conduct_case
    assert (shown.terms.code, shown.clause, shown.rule_revision, shown.terms.cure_days) == ("GREY", "4.2", 2, 7)
    assert [(one.by, one.note.text) for one in shown.steps] == [
        ("dev:rita", "Rita saw it."),
        ("dev:anna", ""),
        ("dev:anna", ""),
    ]
    assert [one.sha256 for one in shown.evidence] == [PROOF[0].sha256]
    assert shown.points_thousandths == 3000
    own = (await api.GetConductCase(pb.GetConductCaseRequest(id=case.id), a_call_of(partner.id))).conduct_case
    assert [one.by for one in own.steps] == ["", "dev:anna", "dev:anna"]
    assert not own.steps[0].HasField("note")
    assert "rita" not in str(own).lower()
    listed = await api.ListConductCases(pb.ListConductCasesRequest(), a_call_of(partner.id))
    assert "rita" not in str(listed).lower()


async def test_a_rule_that_is_so_already_stays_and_another_is_the_next_revision(harness: Harness) -> None:
    one = await put_rule(harness)
    assert (await put_rule(harness)).version == one.version
    assert (await put_rule(harness, title="Other")).revision == 2
    assert harness.names() == ["ConductRulePut", "ConductRulePut"]


async def test_a_case_on_a_clause_needs_an_agreement_of_the_partner_that_has_it(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    await put_rule(harness, basis=ConductBasis.AGREEMENT, section="")
    clause = Clause(number="7.1", subject=ClauseSubject.TERRITORY)
    agreement = await agreed(harness, partner.id, clauses=(clause,))
    wrong = {
        "REQUIRED REQUIRED": {},
        "UNKNOWN_CLAUSE": {"agreement_id": agreement.id, "clause": "9"},
    }
    for reasons, fields in wrong.items():
        with pytest.raises(InvalidInput) as refused:
            await reported(harness, partner.id, **fields)
        assert [one.reason for one in refused.value.violations] == reasons.split()
    with pytest.raises(InvalidInput) as refused:
        await reported(harness, other.id, agreement_id=agreement.id, clause="7.1", evidence=PROOF * 2)
    assert [one.reason for one in refused.value.violations] == ["PARTNER_MISMATCH", "DUPLICATE_EVIDENCE"]
    case = await reported(harness, partner.id, agreement_id=agreement.id, clause="7.1")
    assert (case.agreement_revision, case.clause) == (1, "7.1")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.FINE, PartnerStatus.ACTIVE),
        (State.SUSPENSION, PartnerStatus.SUSPENDED),
        (State.TERMINATION, PartnerStatus.TERMINATED),
    ],
)
async def test_above_a_warning_two_persons_decide_and_the_partner_follows(
    harness: Harness, state: ConductState, status: PartnerStatus
) -> None:
    partner = await harness.active()
    await put_rule(harness)
    case = await decide(harness, await reported(harness, partner.id), State.UNDER_INVESTIGATION)
    asked = DecideConductCase(
        call=by("anna"),
        id=case.id,
        state=state,
        reason=ConductReason.SEVERE,
        fine=case.terms.fine_cap if state is State.FINE else None,
        asked_by="dev:anna",
    )
    decision = (await FOUR_EYES.run(harness.env, asked)).decision
    assert decision is not None
    with pytest.raises(SecondPersonRequired):
        await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=by("anna"), id=decision.id))
    assert (await harness.value(CONDUCT_CASES, case.id)).state is State.UNDER_INVESTIGATION
    assert (await harness.value(PARTNERS, partner.id)).status is PartnerStatus.ACTIVE
    harness.events()
    await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=by("bernd"), id=decision.id))
    case = await harness.value(CONDUCT_CASES, case.id)
    assert (case.state, case.steps[-1].by, case.steps[-1].asked_by) == (state, "dev:bernd", "dev:anna")
    assert (await harness.value(PARTNERS, partner.id)).status is status
    more = {
        State.FINE: "ConductCaseFined",
        State.SUSPENSION: "PartnerSuspended",
        State.TERMINATION: "PartnerTerminated",
    }
    assert harness.names() == ["DecisionConfirmed", "ConductCaseDecided", more[state]]


async def test_one_person_may_warn(harness: Harness) -> None:
    partner = await harness.active()
    await put_rule(harness)
    case = await decide(harness, await reported(harness, partner.id), State.UNDER_INVESTIGATION)
    command = DecideConductCase(call=by("anna"), id=case.id, state=State.WARNING, reason=ConductReason.PROVEN)
    assert (await FOUR_EYES.run(harness.env, command)).decision is None


async def test_an_upheld_appeal_frees_the_partner_unless_another_case_suspends_it(harness: Harness) -> None:
    partner = await harness.active()
    await put_rule(harness)
    first = await ladder(harness, partner.id, State.SUSPENSION)
    second = await ladder(harness, partner.id, State.SUSPENSION)
    assert await points_at(harness.env, partner.id, NOW) == 16_000
    for one, status, points in ((first, PartnerStatus.SUSPENDED, 8_000), (second, PartnerStatus.ACTIVE, 0)):
        appealed = await appeal(harness, one)
        for involved in ("anna", "bernd", "rita"):
            with pytest.raises(OtherPersonRequired):
                await judge(harness, appealed, upheld=True, judge=involved)
        await judge(harness, appealed, upheld=True)
        assert (await harness.value(PARTNERS, partner.id)).status is status
        assert await points_at(harness.env, partner.id, NOW) == points


async def test_a_partner_out_of_business_may_still_answer_and_appeal(harness: Harness) -> None:
    partner = await harness.active()
    await put_rule(harness)
    case = await ladder(harness, partner.id, State.TERMINATION)
    own = a_call_of(partner.id)
    said = Call(caller=own.caller, method="test", answers=True)
    with pytest.raises(PartnerNotActive):
        await cases.submit_conduct_statement(
            harness.env, cases.SubmitConductStatement(call=own, id=case.id, statement=WORDS)
        )
    command = cases.SubmitConductStatement(call=said, id=case.id, statement=WORDS)
    assert (await cases.submit_conduct_statement(harness.env, command)).statement == WORDS
    filed = cases.AppealConductCase(call=said, id=case.id, text=WORDS)
    assert (await cases.appeal_conduct_case(harness.env, filed)).under_appeal


async def test_deadlines_are_those_of_the_partners_country_and_a_job_tells_of_them(harness: Harness) -> None:
    partner = await harness.active()
    await put_rule(harness, cure_days=5)  # from Monday to Saturday, so to Monday
    case = await ladder(harness, partner.id, State.NOTICE)
    assert (case.cure_until, case.appeal_until) == (date(2026, 3, 9), date(2026, 4, 1))
    assert case.statement_until == date(2026, 3, 16)
    harness.events()
    assert await move_due_conduct_cases(harness.env) == 0
    harness.clock.advance(8 * DAY)
    assert await move_due_conduct_cases(harness.env) == 1
    assert await move_due_conduct_cases(harness.env) == 0
    harness.clock.advance(30 * DAY)
    assert await move_due_conduct_cases(harness.env) == 1
    assert harness.names() == ["ConductCureMissed", "ConductAppealExpired"]


async def test_points_are_halved_each_year_and_count_for_the_partner_alone(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    await put_rule(harness)
    await ladder(harness, partner.id, State.WARNING)
    for years, left in ((0, 3000), (1, 1500), (2, 750), (12, 0)):
        assert await points_at(harness.env, partner.id, NOW.replace(year=NOW.year + years)) == left
    assert await points_at(harness.env, partner.id, NOW - DAY) == 0
    assert await points_at(harness.env, other.id, NOW) == 0


async def test_the_record_is_shown_when_the_partner_applies_again_under_another_name(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    await put_rule(harness)
    case = await ladder(harness, partner.id, State.TERMINATION)
    await reported(harness, other.id)
    again = await harness.apply(
        legal_name="Neue Räder",
        registration_id=partner.registration_id,
        registration_id_type=partner.registration_id_type,
    )
    found = await harness.look(get_conduct_record, GetConductRecord, partner_id=again.id)
    [entry] = found.entries
    assert (entry.conduct_case_id, entry.partner_id, entry.other_partner) == (case.id, partner.id, True)
    assert (entry.highest_step, entry.partner_status) == (State.TERMINATION, PartnerStatus.TERMINATED)
    assert (entry.points_thousandths, found.points_thousandths, found.more) == (20_000, 0, False)


async def test_a_sole_traders_record_is_found_by_the_number_too(harness: Harness) -> None:
    partner = await harness.active(sole_trader=True)
    await put_rule(harness)
    await ladder(harness, partner.id, State.TERMINATION)
    again = await harness.apply(
        legal_name="Räder",
        registration_id=partner.registration_id,
        registration_id_type=partner.registration_id_type,
    )
    found = await harness.look(get_conduct_record, GetConductRecord, partner_id=again.id)
    assert [one.partner_id for one in found.entries] == [partner.id]


async def test_a_partner_that_has_ended_cannot_be_suspended(harness: Harness) -> None:
    partner = await harness.active()
    await put_rule(harness)
    case = await decide(harness, await reported(harness, partner.id), State.UNDER_INVESTIGATION)
    await harness.end(partner)
    for state in (State.SUSPENSION, State.TERMINATION):
        with pytest.raises(WrongState):
            await decide(harness, case, state)


def test_a_caller_is_the_one_who_acts_and_the_one_acted_for() -> None:
    call = Call(caller=Caller(subject="dev:agent", on_behalf_of="dev:anna"), method="test")
    request = pb.DecideConductCaseRequest(id=an_id("cdc"), state=pb.CONDUCT_STATE_FINE, reason=pb.CONDUCT_REASON_PROVEN)
    assert (decoded(request, call).asked_by, decoded(request, call).asked_for) == ("dev:agent", "dev:anna")


async def test_a_violation_found_by_a_case_of_diversion_opens_a_case_with_it_as_evidence(harness: Harness) -> None:
    partner = await harness.active()
    await put_rule(harness)
    told = {"diversion_case_id": an_id("dvc"), "rule_code": "GREY", "sha256": "b" * 64}
    case = await harness.run(cases.open_found_violation, cases.OpenFoundViolation, partner_id=partner.id, **told)
    assert (case.state, case.source, case.clause) == (State.REPORTED, ConductSource.DIVERSION, "4.2")
    assert [(one.reference, one.sha256) for one in case.evidence] == [(an_id("dvc"), "b" * 64)]
    with pytest.raises(NotFound):
        await harness.run(
            cases.open_found_violation,
            cases.OpenFoundViolation,
            partner_id=partner.id,
            **{**told, "rule_code": "NONE"},
        )
