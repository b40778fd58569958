"""Who signed an agreement: a correction leaves the name as it was signed, and it is kept as long as it is evidence."""

import pytest
from msgspec.structs import replace

from libs.measure_act import MeasureAct
from libs.measures import MEASURED, MeasureAsked, MeasureOrder, TakeMeasure, seal_order, take_measure
from libs.person import Person
from libs.privacy.aliases import hashes
from libs.privacy.correction import Correction
from libs.privacy.identity import Identity, name_hashes
from libs.retention import WithholdingGround, due_by, kept_by
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain.agreement import Agreement
from services.partners.agreement.domain.states import Party
from tests.builders import NOW
from tests.component.partners.agreement.acts import active, drafted, sent, sign
from tests.component.partners.harness import Harness

EVA = Person(name="Eva Grün", email="vendor@sign.example")
CASE = "dsr_local_1"


async def _rectified(harness: Harness) -> tuple[tuple[str, int, str], ...]:
    """Correct the name of the person everywhere; the kinds, numbers and grounds of the rows that stay."""
    keys = harness.env.keys
    known = hashes(keys, EVA)
    identity = Identity(found=known, named=known, names=name_hashes(keys, [EVA.name]))
    correction = Correction(wrong=EVA, right=Person(name="Eva Blau"))
    name = await seal_order(harness.env, CASE, 1, MeasureOrder(identity=identity, correction=correction))
    asked = MeasureAsked(case_id=CASE, act=MeasureAct.RECTIFY, round=1, object_name=name)
    await harness.run(take_measure, TakeMeasure, asked=asked, kinds=(AGREEMENTS,))
    statement = (await harness.value(MEASURED, f"{CASE}:RECTIFY:1")).statement
    assert statement is not None
    return tuple((one.kind, one.rows, one.ground) for one in statement.left)


@pytest.mark.parametrize("both", [False, True])
async def test_a_correction_leaves_the_name_that_signed_and_states_it(harness: Harness, both: bool) -> None:
    partner = await harness.active()
    if both:
        signed = await active(harness, partner.id)
    else:
        signed = await sign(harness, await sent(harness, await drafted(harness, partner.id)), Party.VENDOR)
    assert await _rectified(harness) == (("agreement", 1, WithholdingGround.LEGALLY_EXEMPTED.name),)
    kept = await harness.value(AGREEMENTS, signed.id)
    assert [one.person for one in kept.signatures] == [one.person for one in signed.signatures]


async def test_what_only_one_party_signed_is_erased_on_demand_and_after_the_limitation_of_claims(
    harness: Harness,
) -> None:
    partner = await harness.active()
    agreement = await sent(harness, await drafted(harness, partner.id))
    assert _rules(agreement) == []
    agreement = await sign(harness, agreement, Party.PARTNER)
    assert _rules(agreement) == ["signed_by_one"]
    assert AGREEMENTS.persons is not None
    rules = AGREEMENTS.persons.retained
    assert kept_by(rules, agreement, "DE", NOW) is None
    assert due_by(rules, agreement, "DE", NOW) is None
    due = due_by(rules, agreement, "DE", NOW.replace(year=NOW.year + 4))
    assert due is not None
    assert (due.rule, due.record) == ("signed_by_one", "CLAIMS")
    assert due_by(rules, replace(agreement, signatures=()), "DE", NOW.replace(year=NOW.year + 4)) is None


def _rules(agreement: Agreement) -> list[str]:
    """The rules that apply to it."""
    assert AGREEMENTS.persons is not None
    return [one.row.rule for one in AGREEMENTS.persons.retained if one.when.applies(agreement)]
