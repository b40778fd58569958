"""What a partner has of leads, and what it made of them by month. Every act that gives or takes a lead writes it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import asdict, replace

from libs.document import Document
from libs.errors import AppError, Code

MONTHS_KEPT = 25


class LeadMonth(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a month; `prm.deals.v1.LeadStatistics` describes the counts. month: its first day."""

    month: date
    offered: int = 0
    accepted: int = 0
    declined: int = 0
    lapsed: int = 0
    picked: int = 0
    converted: int = 0
    disqualified: int = 0
    given_back: int = 0
    reply_seconds: int = 0
    reply_count: int = 0


class LeadAccount(Document, frozen=True, kw_only=True):
    """The account of a partner; the id is the partner's. open_leads: those it has or is offered. picks: when it picked,
    of the last window. months: the newest 25 in which something happened, in order."""

    open_leads: int = 0
    last_offer_time: datetime | None = None
    picks: tuple[datetime, ...] = ()
    months: tuple[LeadMonth, ...] = ()


class PickLimitReached(AppError):
    """The partner has picked as many leads as policy allows within the window."""

    code, reason = Code.FAILED_PRECONDITION, "PICK_LIMIT_REACHED"

    def __init__(self, limit: int, again: datetime) -> None:
        super().__init__(
            f"{limit} leads were picked; the next can be from {again.isoformat()} on",
            limit=limit,
            retry_time=again.isoformat(),
        )


def entered(account: LeadAccount, day: date, *, opened: int = 0, **counts: int) -> LeadAccount:
    """The account with `opened` more leads, and these counts added to the month of the day."""
    month = day.replace(day=1)
    of = {one.month: one for one in account.months}
    before = of.get(month, LeadMonth(month=month))
    of[month] = replace(before, **{name: getattr(before, name) + more for name, more in counts.items()})
    months = tuple(of[key] for key in sorted(of))[-MONTHS_KEPT:]
    return replace(account, open_leads=max(0, account.open_leads + opened), months=months)


def picked(account: LeadAccount, *, limit: int, window: timedelta, now: datetime) -> LeadAccount:
    """The account with one more pick; PickLimitReached."""
    recent = tuple(at for at in account.picks if at + window > now)
    if len(recent) >= limit:
        raise PickLimitReached(limit, sorted(recent)[-limit] + window)
    return replace(account, picks=(*recent, now))


def summed(months: Iterable[LeadMonth], *, since: date) -> dict[str, int]:
    """The sums of the counts from a month on, by name."""
    names = [name for name in LeadMonth.__struct_fields__ if name != "month"]
    found = [asdict(one) for one in months if one.month >= since]
    return {name: sum(int(one[name]) for one in found) for name in names}
