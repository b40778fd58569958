"""Converts amounts of months into one currency, and reads cards as their viewers may see them."""

from datetime import date
from fractions import Fraction
from typing import Any

from libs.call import Caller
from libs.errors import NotFound
from libs.exchange import AverageRate, RateUnknown, average_rate
from libs.quarters import months_after
from libs.rates_projection import tables_between
from libs.store.port import Kind
from services.partners.settings import Env

_ONE_DAY = 1


class MonthlyRates:
    """The mean rates of months into one currency, each read once. For one page of a job: it keeps all it has read."""

    def __init__(self, env: Env, source: str, currency: str) -> None:
        self._env = env
        self._source = source
        self._currency = currency
        self._known: dict[tuple[str, date], AverageRate | None] = {}

    async def of(self, currency: str, month: date) -> AverageRate | None:
        """The rate from a currency in a month; None if none is known. StoreUnavailable."""
        place = (currency, month)
        if place not in self._known:
            self._known[place] = await self._read(currency, month)
        return self._known[place]

    async def _read(self, currency: str, month: date) -> AverageRate | None:
        last = date.fromordinal(months_after(month, 1).toordinal() - _ONE_DAY)
        same = currency == self._currency
        tables = () if same else await tables_between(self._env.store, self._source, first=month, last=last)
        try:
            return average_rate(tables, currency, self._currency, month=month, source=self._source)
        except RateUnknown:
            return None


def converted(amount: int, rate: AverageRate) -> int:
    """An amount times a rate, rounded half to even to ten-thousandths."""
    return round(amount * Fraction(rate.rate))


def require_own(caller: Caller, kind: Kind[Any], id: str, partner_id: str) -> None:
    """NotFound for a partner's people if the row is not of their own partner: of the downline they see none."""
    if caller.partner_id and partner_id != caller.partner_id:
        raise NotFound(kind.name, id)


def own_or_asked(caller: Caller, asked: str) -> str:
    """The partner whose rows a list shows; empty for all. A partner's people get their own partner; NotFound if they
    ask for another one."""
    if caller.partner_id and asked not in ("", caller.partner_id):
        raise NotFound("partner", asked)
    return caller.partner_id or asked
