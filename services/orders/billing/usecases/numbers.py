"""Document numbers: the caller gives one, or the service counts by kind and year without gaps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from libs.errors import Duplicate
from libs.store.listing import everything
from libs.store.port import Kind, Write, create, get
from services.orders.billing.documents import INVOICES, SERIES
from services.orders.billing.domain.invoice import NumberSeries
from services.orders.settings import Env


class Numbered(NamedTuple):
    """A number, and the writes to commit together with the document that has it."""

    number: str
    writes: tuple[Write, ...]


@asynccontextmanager
async def document_number(env: Env, kind: Kind[Any], given: str, *, year: int) -> AsyncIterator[Numbered]:
    """The number of a new document, to be committed before the block ends; Duplicate if the number given is taken."""
    if given:
        if taken := await everything(env.store, kind, {"number": given}):
            raise Duplicate(kind.name, "number", taken[0].id)
        yield Numbered(given, ())
        return
    series = f"{kind.name}:{year}"
    async with env.settings.locks.of(series):
        loaded = await get(env.store, SERIES, series)
        last = loaded.value.last if loaded else 0
        number = ""
        while not number or await everything(env.store, kind, {"number": number}):
            last += 1  # skips numbers that callers have given
            number = f"{env.directory.here.code}-{'' if kind is INVOICES else 'C-'}{year}-{last:06d}"
        counted = NumberSeries(id=series, last=last)
        yield Numbered(number, (loaded.put(counted) if loaded else create(SERIES, counted),))
