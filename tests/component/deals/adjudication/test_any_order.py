"""Whatever is decided, withdrawn, converted, appealed and settled, in any order: each act has one right answer, and
nobody loses to a claim that is no more; against a model that keeps sets."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import AppError
from libs.privacy.keys import Keys
from services.deals.adjudication.domain.cases import Adjudication
from services.deals.adjudication.domain.sides import AdjudicationStanding
from services.deals.adjudication.jobs import settle_adjudications
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, Review
from services.deals.service import COMPOSITION
from services.deals.settings import Policy
from tests.builders import an_id
from tests.component.deals.adjudication.acts import appeal, decide, judge, opened, settle, side_of, whole
from tests.component.deals.harness import PARTNER, RIVAL, Harness
from tests.component.replica import sealed

THIRD = an_id("ptn", 3)
CLAIMS = 3
LONG = Policy(protection=Policy().protection * 40)


class Act(NamedTuple):
    """What happens, and to which claim. told: whether the events of a withdrawal arrive before the next act."""

    what: str
    claim: int
    told: bool


ACTS = st.lists(
    st.builds(
        Act,
        what=st.sampled_from(("decide", "decide", "withdraw", "convert", "appeal", "judge", "settle")),
        claim=st.integers(0, CLAIMS - 1),
        told=st.booleans(),
    ),
    min_size=3,
    max_size=10,
)


class Model:
    """The case in sets. The first claim is protected, the others are in review."""

    def __init__(self) -> None:
        self.state, self.winner, self.may_appeal = "OPEN", -1, False
        self.open = set(range(CLAIMS))
        self.appealed: set[int] = set()
        self.converted: set[int] = set()

    def done(self, act: Act) -> bool:
        """Whether the act is possible now; it has been done then."""
        match act.what:
            case "decide" if self.state == "OPEN" and act.claim in self.open:
                self.state, self.winner, self.may_appeal = "DECIDED", act.claim, True
            case "withdraw" if act.claim in self.open:
                self.open.remove(act.claim)
            case "convert" if act.claim == 0 and self.state == "SETTLED" and act.claim in self.open:
                self.open.remove(act.claim)
                self.converted.add(act.claim)
            case "appeal" if self.may_appeal and act.claim not in {self.winner, *self.appealed}:
                self.state = "APPEALED"
                self.appealed.add(act.claim)
            case "judge" if self.state == "APPEALED" and act.claim in self.open and self._heard():
                self.winner = act.claim
                self._settled()
            case "settle":
                self.may_appeal = False
                if self.state == "DECIDED" and self.winner in self.open:
                    self._settled()
                elif self.state == "DECIDED":
                    self.state, self.winner = "OPEN", -1
            case _:
                return False
        return True

    def _heard(self) -> bool:
        losers = set(range(CLAIMS)) - {self.winner}
        return not self.may_appeal or losers <= self.appealed

    def _settled(self) -> None:
        self.state, self.may_appeal = "SETTLED", False
        self.open &= {self.winner}


async def _done(harness: Harness, case: Adjudication, regs: list[Registration], act: Act) -> bool:
    """Do it; whether it was possible."""
    reg = regs[act.claim]
    try:
        match act.what:
            case "decide":
                await decide(harness, case, reg.id)
            case "withdraw":
                await harness.withdraw(reg)
            case "convert":
                await harness.convert(reg)
            case "appeal":
                await appeal(harness, reg)
            case "judge":
                await judge(harness, case, reg.id)
            case _:
                harness.days(20)
                await settle_adjudications(harness.env)
    except AppError:
        return False
    return True


async def _compared(harness: Harness, case: Adjudication, regs: list[Registration], model: Model) -> None:
    found = (await whole(harness, case)).case
    assert found.state.name == model.state
    now = [await harness.reg(reg) for reg in regs]
    assert {place for place, reg in enumerate(now) if reg.review in CLAIMING} == model.open
    assert {place for place, reg in enumerate(now) if reg.review is Review.CONVERTED} == model.converted
    disputed = {bool(reg.dispute_id) for place, reg in enumerate(now) if place in model.open}
    assert disputed <= {model.state != "SETTLED"}
    standings = [(await side_of(harness, reg)).standing for reg in regs]
    lost, won = AdjudicationStanding.LOST, AdjudicationStanding.WON
    if model.winner < 0:
        assert set(standings) == {AdjudicationStanding.OPEN}
    else:
        assert standings == [won if place == model.winner else lost for place in range(CLAIMS)]


async def _played(directory: Path, keys: Keys, acts: list[Act]) -> None:
    async with sealed(directory, COMPOSITION.name, COMPOSITION.kinds, keys) as store:
        harness = Harness(store, keys, policy=LONG)
        for partner in (PARTNER, RIVAL, THIRD):
            await harness.partner(partner)
        first = await harness.approved()
        regs = [first, await harness.claimed(RIVAL), await harness.claimed(THIRD)]
        await settle(harness)
        case = await opened(harness, *regs)
        model = Model()
        for act in acts:
            assert await _done(harness, case, regs, act) == model.done(act), act
            if act.told or act.what != "withdraw":
                await settle(harness)
                await _compared(harness, case, regs, model)


@given(acts=ACTS)
@settings(max_examples=40, deadline=None)
def test_every_order_of_acts_has_the_answers_of_the_model(keys: Keys, acts: list[Act]) -> None:
    with TemporaryDirectory() as directory:
        asyncio.run(_played(Path(directory), keys, acts))
