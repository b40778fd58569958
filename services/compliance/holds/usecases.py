"""The use cases of legal holds: place, release, list."""

from libs.call import Command
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.privacy.ledger.hashes import shred_hashes
from libs.store.port import Page, create, get
from services.compliance.holds import domain
from services.compliance.holds.documents import HOLDS
from services.compliance.holds.domain import LegalHold, LegalHoldState
from services.compliance.holds.events import LegalHoldPlaced, LegalHoldReleased
from services.compliance.requests.documents import REQUESTS
from services.compliance.settings import Env


class PlaceLegalHold(Command, frozen=True, kw_only=True):
    """Place a hold over the person of a request."""

    case_id: str
    matter: str


class ReleaseLegalHold(Command, frozen=True, kw_only=True):
    """Release a hold."""

    id: str
    etag: str = ""


class ListLegalHolds(Command, frozen=True, kw_only=True):
    """List holds; None for those in any state."""

    page_size: int = 0
    page_token: str = ""
    state: LegalHoldState | None = None


async def place_legal_hold(env: Env, cmd: PlaceLegalHold) -> LegalHold:
    """The hold, ACTIVE; the hold of the same request is placed anew. NotFound, WrongState, RequestErased."""
    request = (await env.load(REQUESTS, cmd.case_id, call=cmd.call)).value
    hold = domain.place(request, cmd.matter, env.clock.now())
    held = await get(env.store, HOLDS, hold.id)
    put = held.put(hold) if held is not None else create(HOLDS, hold)
    return await env.commit(put, events=[LegalHoldPlaced(hold_id=hold.id, case_id=hold.case_id)], call=cmd.call)


async def release_legal_hold(env: Env, cmd: ReleaseLegalHold) -> LegalHold:
    """The hold, RELEASED; the hashes of the person cannot be read any more, in no copy either. NotFound, WrongState."""
    loaded = await env.load(HOLDS, cmd.id, call=cmd.call, etag=cmd.etag)
    hold = domain.release(loaded.value, env.clock.now())
    told = LegalHoldReleased(hold_id=hold.id, case_id=hold.case_id)
    released = await env.commit(loaded.put(hold), events=[told], call=cmd.call)
    await shred_hashes(env.store, loaded, hold.case_id)  # if this is interrupted, the sweep deletes the key
    return released


async def list_legal_holds(env: Env, cmd: ListLegalHolds) -> Page[LegalHold]:
    """One page of holds by id."""
    return await env.listing(
        HOLDS, {"state": cmd.state}, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token
    )


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.compliance.v1.LegalHoldService/PlaceLegalHold",
        permission="compliance.legal_hold.place",
        kind=HOLDS,
        command=PlaceLegalHold,
        use_case=place_legal_hold,
        summary=lambda cmd, hold: f"place {hold.id}: {cmd.matter}",
    ),
    Guarded(
        method="/prm.compliance.v1.LegalHoldService/ReleaseLegalHold",
        permission="compliance.legal_hold.release",
        kind=HOLDS,
        command=ReleaseLegalHold,
        use_case=release_legal_hold,
        summary=lambda cmd, hold: f"release {hold.id}: {hold.matter}",
    ),
)
