"""The consumer of joint pursuits: what became personal in a claim is removed from the snapshots of it."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.store.listing import everything
from services.deals.pursuit import wire
from services.deals.pursuit.documents import SNAPSHOTS
from services.deals.pursuit.usecases import Sweep, withhold
from services.deals.settings import Env


async def on_claim(env: Env, envelope: Envelope, call: Call) -> None:
    """Withhold what became personal from each snapshot of the claim, also if it was taken while the claim changed.
    Repeatable, so each has a commit of its own."""
    for one in await everything(env.store, SNAPSHOTS, {"registration_id": wire.claim_of(envelope)}):
        await env.run(withhold, Sweep(call=call, id=one.id))


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("deals.registration.updated", on_claim, repeatable=True, part="pursuit"),
    Consumer("deals.pursuit.accepted", on_claim, repeatable=True),
)
