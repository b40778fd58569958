"""What is done with cases in tests, as an RPC would do it."""

from typing import Any

from libs.call import Call
from libs.decisions.four_eyes import ConfirmDecision
from libs.money import Money
from libs.person import PersonalText
from services.partners.conduct.domain.case import ConductCase, ConductEvidence
from services.partners.conduct.domain.rules import ConductPoints, ConductRule, ConductTerms
from services.partners.conduct.domain.states import ConductBasis, ConductEvidenceKind, ConductReason, ConductState
from services.partners.conduct.usecases import cases, deciding, rules
from services.partners.conduct.usecases.deciding import FOUR_EYES, DecideConductCase
from tests.builders import asked_by
from tests.component.partners.harness import Harness

MAY = "partners.conduct_case.decide"
RULE: dict[str, Any] = {
    "code": "GREY",
    "basis": ConductBasis.PROGRAMME,
    "section": "4.2",
    "title": "Sales outside of the territory",
    "points": ConductPoints(notice=1, warning=3, fine=5, suspension=8, termination=20),
    "cure_days": 14,
    "fine_cap": Money(5000_0000, "EUR"),
}
PROOF = (ConductEvidence(kind=ConductEvidenceKind.PUBLICATION, sha256="a" * 64, reference="AD-1"),)
WORDS = PersonalText(text="It was not us.")


def by(subject: str, **fields: str) -> Call:
    """A call of a person of the vendor."""
    return asked_by(f"dev:{subject}", MAY, **fields)


async def put_rule(harness: Harness, **fields: Any) -> ConductRule:
    """A rule of the programme."""
    return await harness.run(rules.put_conduct_rule, rules.PutConductRule, terms=ConductTerms(**{**RULE, **fields}))


async def reported(harness: Harness, partner_id: str, **fields: Any) -> ConductCase:
    """A case that Rita reported."""
    content = {
        "call": by("rita"),
        "partner_id": partner_id,
        "rule_code": "GREY",
        "report": PersonalText(text="Rita saw it."),
        "evidence": PROOF,
        **fields,
    }
    return await harness.env.run(cases.open_conduct_case, cases.OpenConductCase(**content))


async def decide(harness: Harness, case: ConductCase, state: ConductState, **fields: Any) -> ConductCase:
    """Anna decides; if it takes two, Bernd confirms."""
    fine = {"fine": Money(100_0000, "EUR")} if state is ConductState.FINE else {}
    content = {"reason": ConductReason.PROVEN, "asked_by": "dev:anna", **fine, **fields}
    command = DecideConductCase(call=by("anna"), id=case.id, state=state, **content)
    done = await FOUR_EYES.run(harness.env, command)
    if done.decision is not None:
        await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=by("bernd"), id=done.decision.id))
    return await harness.look(cases.get_conduct_case, cases.GetConductCase, id=case.id)


async def ladder(harness: Harness, partner_id: str, state: ConductState, **fields: Any) -> ConductCase:
    """A case that was decided so after an investigation."""
    case = await decide(harness, await reported(harness, partner_id, **fields), ConductState.UNDER_INVESTIGATION)
    return await decide(harness, case, state)


async def appeal(harness: Harness, case: ConductCase) -> ConductCase:
    """The partner appeals."""
    return await harness.run(cases.appeal_conduct_case, cases.AppealConductCase, id=case.id, text=WORDS)


async def judge(harness: Harness, case: ConductCase, *, upheld: bool, judge: str = "clara") -> ConductCase:
    """Somebody decides the appeal."""
    command = deciding.DecideConductAppeal(call=by(judge), id=case.id, upheld=upheld, note=WORDS)
    return await harness.env.run(deciding.decide_conduct_appeal, command)
