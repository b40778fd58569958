"""Events of claims that reach the pipeline."""

from libs.call import SYSTEM, Call
from services.deals.pipeline.consumers import CONSUMERS
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from tests.component.deals.harness import Harness

(CONSUMER,) = CONSUMERS


async def settle(harness: Harness, *, backwards: bool = False) -> None:
    """Deliver what the service has told so far; twice, and the newest first if so asked."""
    told, harness.told = harness.told, []
    for envelope in [*told[::-1], *told] if backwards else told:
        if CONSUMER.takes(envelope.subject.split(".", 2)[2]):
            await CONSUMER.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))


async def deal(harness: Harness, id: str) -> PipelineDeal:
    """The deal of a claim as it is stored."""
    return await harness.value(PIPELINE_DEALS, id)
