"""Territory grants: which partner may sell what, where and when. An exclusive grant overlaps no other."""

from datetime import date, datetime
from typing import TypeVar

from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation
from services.partners.territories.events import TerritoryEvent, TerritoryGranted, TerritoryRevoked

E = TypeVar("E", bound=TerritoryEvent)

GRANTS_PER_COUNTRY = 50_000


class TerritoryGrant(Document, frozen=True, kw_only=True):
    """The right to sell from `valid_from` to `valid_until`, both days included; None: until revoked. `ends`: the same
    day, or date.max for None, so that an index can find grants by it."""

    partner_id: str
    country: str
    subdivision: str = ""
    product_line: str = ""
    exclusive: bool = False
    valid_from: date
    valid_until: date | None = None
    ends: date = date.max
    revoke_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    def holds(self, on: date) -> bool:
        """Whether the grant is valid on that day."""
        return self.valid_from <= on <= self.ends


class GrantTotals(Document, frozen=True, kw_only=True):
    """The number of grants that a country has ever had; the id is the country. Every grant writes it in its commit, so
    that of two concurrent grants the later one is checked against the earlier one."""

    grants: int = 0


class TerritoryTaken(AppError):
    """An exclusive grant and another one would overlap; `id` is the existing one."""

    code, reason = Code.ALREADY_EXISTS, "TERRITORY_TAKEN"

    def __init__(self, grant: TerritoryGrant) -> None:
        until = f"until {grant.valid_until}" if grant.valid_until else "until revoked"
        super().__init__(
            f"territory {grant.id} is in the way: {_place(grant)}, {grant.product_line or 'all product lines'}, from "
            f"{grant.valid_from} {until}",
            id=grant.id,
            exclusive=grant.exclusive,
        )


class GrantEnded(AppError):
    """The grant has ended and cannot be revoked."""

    code, reason = Code.FAILED_PRECONDITION, "GRANT_ENDED"

    def __init__(self, id: str, valid_until: date) -> None:
        super().__init__(f"territory {id} ended on {valid_until}", id=id, valid_until=valid_until)


class TooManyGrants(AppError):
    """The country has had the maximum number of grants."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_GRANTS"

    def __init__(self, country: str) -> None:
        super().__init__(f"{country} has had {GRANTS_PER_COUNTRY} grants", country=country, limit=GRANTS_PER_COUNTRY)


def day_violations(first: date, last: date | None) -> list[Violation]:
    """OUT_OF_RANGE if the first day is before the first accepted one, DATES_OUT_OF_ORDER if the last day is before the
    first."""
    found = [*first_day_violations("valid_from", first)]
    if last is not None and last < first:
        found.append(Violation("valid_until", f"is before {first}", "DATES_OUT_OF_ORDER"))
    return found


def granted(grant: TerritoryGrant, totals: GrantTotals) -> tuple[TerritoryGrant, GrantTotals, TerritoryGranted]:
    """The new grant, the totals with it, and the event; TooManyGrants. The caller checks with `excluded` that no other
    grant forbids it."""
    if totals.grants >= GRANTS_PER_COUNTRY:
        raise TooManyGrants(grant.country)
    grant = replace(grant, ends=grant.valid_until or date.max)
    return grant, replace(totals, grants=totals.grants + 1), _event(TerritoryGranted, grant)


def overlap(one: TerritoryGrant, other: TerritoryGrant) -> bool:
    """Whether two grants share a place, a product line and a day; an empty value means all values."""
    place = one.country == other.country and _shared(one.subdivision, other.subdivision)
    days = max(one.valid_from, other.valid_from) <= min(one.ends, other.ends)
    return place and days and _shared(one.product_line, other.product_line)


def excluded(one: TerritoryGrant, other: TerritoryGrant) -> bool:
    """Whether two grants overlap and one of them is exclusive, so that they cannot both exist."""
    return (one.exclusive or other.exclusive) and overlap(one, other)


def revoke(
    grant: TerritoryGrant, last_day: date | None, *, today: date, now: datetime
) -> tuple[TerritoryGrant, TerritoryRevoked]:
    """The grant with `last_day` (None: today) as its last day, and the event. GrantEnded; InvalidInput for a day in the
    past or after its present end."""
    if grant.ends < today or (grant.revoke_time is not None and grant.ends == today):
        raise GrantEnded(grant.id, grant.ends)
    last = last_day or today
    if last < today:
        raise InvalidInput([Violation("valid_until", f"is before today, {today}", "IN_THE_PAST")])
    if last > grant.ends:
        raise InvalidInput([Violation("valid_until", f"is after {grant.ends}, when it ends anyway", "AFTER_THE_END")])
    revoked = grant.revoke_time if last == grant.ends and grant.revoke_time else now
    ended = replace(grant, valid_until=last, ends=last, revoke_time=revoked, update_time=now)
    return ended, _event(TerritoryRevoked, ended)


def _shared(one: str, other: str) -> bool:
    return not one or not other or one == other


def _place(grant: TerritoryGrant) -> str:
    return f"{grant.country}-{grant.subdivision}" if grant.subdivision else grant.country


def _event(event: type[E], grant: TerritoryGrant) -> E:
    return event(
        territory_id=grant.id,
        partner_id=grant.partner_id,
        country=grant.country,
        subdivision=grant.subdivision,
        product_line=grant.product_line,
        exclusive=grant.exclusive,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
    )
