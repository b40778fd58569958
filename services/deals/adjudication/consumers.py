"""The consumers of adjudications: events of a claim whose case is not settled add to its ledger, and a claim that has
lost ends."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.store.port import Query
from services.deals.adjudication import wire
from services.deals.adjudication.documents import ADJUDICATION_SIDES
from services.deals.adjudication.usecases.deciding import end_lost_claim
from services.deals.adjudication.usecases.sides import observe_claim
from services.deals.settings import Env


async def on_claim(env: Env, envelope: Envelope, call: Call) -> None:
    """Look at the claim again if a case about it is not settled."""
    if not (claim := wire.claim(envelope)):
        return
    page = await env.store.find(Query(kind=ADJUDICATION_SIDES, equals={"open_registration_id": claim}, limit=1))
    for row in page.rows:
        await env.run(observe_claim, wire.observe(row.value.id, claim, call))


async def on_lost(env: Env, envelope: Envelope, call: Call) -> None:
    """End the claim."""
    await env.run(end_lost_claim, wire.lost(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("deals.registration.*", on_claim, repeatable=True, part="adjudication"),
    Consumer("deals.adjudication.claim_defeated", on_lost, repeatable=True),
)
