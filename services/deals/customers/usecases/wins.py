"""Publishes which claim brought a new customer, and takes it back when that turns out otherwise."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from libs.env import About
from libs.store.port import Put, Write
from services.deals.customers.domain.entries import CustomerEntry, Win
from services.deals.customers.events import CustomerWinWithdrawn, CustomerWon
from services.deals.customers.reads import Book

WinEvents = dict[str, tuple[msgspec.Struct, ...]]
"""Events by the id of the claim that they are about."""


async def tell(book: Book, customer_id: str, members: Sequence[str]) -> WinEvents:
    """Mark in the book the one claim that brought the customer, whose records are `members`; the events about it, and
    about claims that did not."""
    wins = [one for member in members if (one := await book.first(member, "won_key"))]
    won = min(wins, key=lambda one: str(one.won_key), default=None)
    brought_by = won.registration_id if won else ""
    told: WinEvents = {}
    for member in members:
        while (one := await _told_wrongly(book, member, brought_by)) is not None:
            book.keep(replace(one, told=None))
            told[one.id] = (_withdrawn(one),)
    if won is None or won.won_day is None:
        return told
    claim = await book.entry(brought_by)
    win = Win(won.won_day, customer_id)
    if claim.type is not None and claim.told != win:
        book.keep(replace(claim, told=win))
        told[claim.id] = (_won(claim, win),)
    return told


def about(told: WinEvents, writes: Sequence[Write]) -> list[About]:
    """The events with the entries as they are written."""
    documents = {one.document.id: one.document for one in writes if isinstance(one, Put)}
    return [About(event, documents[key]) for key, events in told.items() for event in events]


async def _told_wrongly(book: Book, member: str, brought_by: str) -> CustomerEntry | None:
    """A claim of a record that is said to have brought the customer and did not: the first or the last of those that
    are."""
    for newest in (False, True):
        one = await book.first(member, "told_key", newest=newest)
        if one is not None and one.id != brought_by:
            return one
    return None


def _won(claim: CustomerEntry, win: Win) -> CustomerWon:
    return CustomerWon(
        customer_id=win.customer_id,
        registration_id=claim.id,
        partner_id=claim.partner_id,
        won_date=win.day,
        country=claim.country,
        claimed_product_lines=claim.product_lines,
    )


def _withdrawn(claim: CustomerEntry) -> CustomerWinWithdrawn:
    customer = claim.told.customer_id if claim.told else claim.customer_id
    return CustomerWinWithdrawn(customer_id=customer, registration_id=claim.id, partner_id=claim.partner_id)
