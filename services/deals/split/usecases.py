"""Records and shows credit splits."""

from datetime import date
from typing import NamedTuple

from libs.call import Command
from libs.errors import EtagMismatch, NotFound
from libs.partner_projection import known_partner
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.settings import Env
from services.deals.split import domain
from services.deals.split.documents import SHARES, SPLITS
from services.deals.split.domain import CreditPart, CreditShare, CreditSplit, CreditSplitReason, CreditSplitRow
from services.deals.split.events import CreditSplitRecorded


class RecordCreditSplit(Command, frozen=True, kw_only=True):
    """Add a row to a split."""

    registration_id: str
    etag: str = ""
    effective_date: date
    parts: tuple[CreditPart, ...]
    reason: CreditSplitReason


class GetCreditSplit(Command, frozen=True, kw_only=True):
    """Show a split. on: the day for which it is asked; None: today."""

    registration_id: str
    on: date | None = None


class ListCreditShares(ListCommand, frozen=True, kw_only=True):
    """List shares of partners."""

    partner_id: str = ""


class SplitShown(NamedTuple):
    """A split, and the row that counts."""

    split: CreditSplit
    current: CreditSplitRow | None


async def record_credit_split(env: Env, cmd: RecordCreditSplit) -> CreditSplit:
    """The split with the row; unchanged if its last row says the same. InvalidInput, NotYetKnown, TooManyRevisions."""
    reg = (await env.load(REGISTRATIONS, cmd.registration_id, call=cmd.call)).value
    held = await get(env.store, SPLITS, reg.id)
    version = str(held.value.version) if held else "0"
    if cmd.etag and cmd.etag != version:
        raise EtagMismatch(SPLITS.name, reg.id, version)
    domain.refuse_wrong(cmd.parts, cmd.effective_date)
    for one in sorted({part.partner_id for part in cmd.parts}):
        await known_partner(env, one)
    now = env.clock.now()
    before = held.value if held else CreditSplit(id=reg.id)
    after = domain.added(before, cmd.parts, effective=cmd.effective_date, reason=cmd.reason, now=now)
    if held and after is before:
        return await env.unchanged(held, call=cmd.call)
    row = after.rows[-1]
    shares = (
        CreditShare(
            id=env.ids.new("csh"),
            partner_id=one,
            registration_id=reg.id if one == reg.partner_id else "",
            deal_key=env.keys.keyed(f"credit {reg.id} {one}"),
            effective_date=row.effective_date,
            parts=domain.own_parts(row, one),
            record_time=now,
        )
        for one in domain.concerned(before, after)
    )
    event = CreditSplitRecorded(
        registration_id=reg.id,
        revision=row.revision,
        effective_date=row.effective_date,
        parts=row.parts,
        reason=row.reason,
    )
    put = held.put(after) if held else create(SPLITS, after)
    return await env.commit(put, *(create(SHARES, one) for one in shares), events=[event], call=cmd.call)


async def get_credit_split(env: Env, cmd: GetCreditSplit) -> SplitShown:
    """The split, and the row that counts on the day. NotFound if the claim has none."""
    held = await get(env.store, SPLITS, cmd.registration_id)
    if held is None:
        raise NotFound(SPLITS.name, cmd.registration_id)
    return SplitShown(held.value, domain.current(held.value, cmd.on or env.today()))


async def list_credit_shares(env: Env, cmd: ListCreditShares) -> Page[CreditShare]:
    """Shares, by id."""
    return await env.listing(SHARES, filters_of(cmd, "partner_id"), call=cmd.call, **paged(cmd))
