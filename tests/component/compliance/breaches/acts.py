"""What the tests of breaches do again and again."""

from typing import Any

from libs.decisions.decision import Decision
from libs.decisions.four_eyes import ConfirmDecision, Outcome
from services.compliance.breaches.domain.breach import Breach, BreachNotice, NoticeClock
from services.compliance.breaches.usecases.notices import RecordNotice, record_notice
from services.compliance.breaches.usecases.register import FOUR_EYES, CloseBreach, RecordBreach, record_breach
from tests.builders import asked_by
from tests.component.compliance.harness import Harness
from tests.unit.compliance.breaches.facts import facts_of

MAY = ("compliance.breach.close", "compliance.decision.decide")


async def record(harness: Harness, *countries: str, aware: Any = None, **facts: Any) -> Breach:
    """A breach of persons in these countries."""
    return await harness.run(record_breach, RecordBreach, facts=facts_of(*countries, **facts), aware_time=aware)


async def tell(harness: Harness, breach: Breach, clock: NoticeClock, **fields: Any) -> BreachNotice:
    """A notice by which a clock stops."""
    content: dict[str, Any] = {
        "breach_id": breach.id,
        "regime": clock.regime,
        "addressee": clock.addressee,
        "step": clock.step,
        "recipient": "LfDI",
        "person_count": 1200,
        **fields,
    }
    return await harness.run(record_notice, RecordNotice, **content)


async def ask_to_close(harness: Harness, breach: Breach) -> Outcome[Any]:
    """Anna asks to close it."""
    return await FOUR_EYES.run(harness.env, CloseBreach(call=asked_by("dev:anna", *MAY), id=breach.id))


async def confirm(harness: Harness, decision: Decision | None) -> Decision:
    """Bernd confirms."""
    assert decision is not None
    return await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=asked_by("dev:bernd", *MAY), id=decision.id))
