"""The entries that bring the ledger from what it has to what follows from the documents."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from services.orders.incentives.domain.plan import Plan, first_day_of, last_day_of
from services.orders.ledger.domain.entry import Account, Entry, EntryKind, Figures, payable, tally_of
from services.orders.ledger.domain.rating import Step, StepKind, Target, TargetKey

_HASH_DIGITS = 32


def postings(
    account: Account,
    plan: Plan,
    wanted: Mapping[TargetKey, Target],
    posted: Iterable[Entry],
    *,
    sale_period: date,
    run: str,
    now: datetime,
) -> tuple[Entry, ...]:
    """The entries to add to those `posted` of one version and period of sale; none if they are what is wanted."""
    before: dict[TargetKey, list[Entry]] = {}
    for one in sorted(posted, key=lambda entry: entry.sequence):
        before.setdefault(key_of(one), []).append(one)
    found = []
    for key in sorted({*wanted, *before}):
        history = before.get(key, [])
        target = wanted.get(key)
        has = sum(one.amount for one in history)
        if (target.amount if target else 0) != has:
            bare = _about(account, plan, key, target, history)
            if key.clawback and not history:
                bare = replace(bare, reverses=_sale_of(key, before))
            found.append(
                _moved(account, plan, replace(bare, tally=tally_of(plan.id, sale_period), run=run, record_time=now))
            )
    return tuple(replace(one, id=entry_hash(one)) for one in found)


def key_of(entry: Entry) -> TargetKey:
    """What an entry is for."""
    return TargetKey(entry.clawback, entry.document_id, entry.line_number, entry.taken_by, entry.own_period)


def entry_hash(entry: Entry) -> str:
    """32 hex digits that follow from what the entry is for and from its number among the entries for that."""
    parts = (
        *(entry.incentive_plan_id, entry.rule, entry.kind.value, entry.account_id, str(entry.band), entry.tally),
        *(entry.document_id, str(entry.line_number), entry.taken_by, str(entry.clawback)),
        *(entry.own_period.isoformat(), str(entry.sequence)),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_HASH_DIGITS]


def open_period(account: Account, plan: Plan, own: date) -> date:
    """The first day of the period into which an entry goes that counts in the period `own`."""
    if account.closed_until is None or last_day_of(plan.calendar, own) > account.closed_until:
        return own
    return first_day_of(plan.calendar, account.closed_until + timedelta(days=1))


def statement(entries: Sequence[Entry], *, period: date, currency: str) -> Figures:
    """The statement of a period. entries: all of the account up to the end of the period."""
    sums = dict.fromkeys(EntryKind, 0)
    opening = 0
    for one in entries:
        if one.period < period:
            opening += one.amount
        elif one.period == period:
            sums[one.kind] += one.amount
    closing = opening + sum(sums.values())
    return Figures(
        opening=opening,
        earned=sums[EntryKind.ACCRUE],
        adjusted=sums[EntryKind.ADJUST] + sums[EntryKind.SETTLE],
        clawed_back=sums[EntryKind.CLAWBACK],
        paid=sums[EntryKind.PAY],
        closing=closing,
        payable=payable(closing, currency),
    )


def _about(account: Account, plan: Plan, key: TargetKey, target: Target | None, history: Sequence[Entry]) -> Entry:
    """The entry for the difference between the target and its history, in the period in which it counts. Without a
    target (the sale is gone) it takes the rule of the last entry."""
    has = sum(one.amount for one in history)
    last = history[-1] if history else None
    shown = (Step(kind=StepKind.POSTED_BEFORE, amount=has, about=last.id),) if last else ()
    line = target.line if target else None
    assert target or last
    return Entry(
        id="",
        kind=EntryKind.CLAWBACK if key.clawback else EntryKind.ACCRUE,
        account_id=account.id,
        plan_code=account.plan_code,
        incentive_plan_id=plan.id,
        beneficiary_id=account.beneficiary_id,
        partner_id=account.partner_id,
        period=key.period,
        own_period=key.period,
        effective_day=target.day if target else key.period,
        amount=(target.amount if target else 0) - has,
        currency=plan.currency,
        rule=target.rule if target else (last.rule if last else ""),
        band=target.band if target else 0,
        basis_points=target.basis_points if target else 0,
        base=line.base if line else 0,
        share_basis_points=line.basis_points if line else 0,
        fx=line.fx if line else None,
        document_id=key.document_id,
        line_number=key.line_number,
        taken_by=key.taken_by,
        clawback=key.clawback,
        sequence=len(history) + 1,
        reverses=last.id if last else "",
        steps=(*(target.steps if target else ()), *shown),
        record_time=account.update_time,
    )


def _sale_of(key: TargetKey, before: Mapping[TargetKey, Sequence[Entry]]) -> str:
    """The id of the last entry by which a line earned what is taken back; empty if none is posted."""
    place = (key.document_id, key.line_number)
    sold = [one[-1] for held, one in before.items() if not held.clawback and held[1:3] == place]
    return sold[-1].id if sold else ""


def _moved(account: Account, plan: Plan, entry: Entry) -> Entry:
    """The entry in the open period, as an adjustment, if its own is closed."""
    period = open_period(account, plan, entry.own_period)
    if period == entry.own_period:
        return entry
    step = Step(kind=StepKind.PERIOD_CLOSED, about=entry.own_period.isoformat())
    return replace(entry, kind=EntryKind.ADJUST, period=period, steps=(*entry.steps, step))
