"""Contacts and territories are counted, ordered and listed by the time of their last change."""

from datetime import timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput
from services.partners.contacts.usecases import ListContacts, list_contacts
from services.partners.territories.usecases import ListTerritories, list_territories
from tests.builders import a_call
from tests.component.partners.contacts.test_contacts import add, change
from tests.component.partners.harness import Harness
from tests.component.partners.territories.test_territories import grant, revoke

LATER = timedelta(hours=1)


async def contacts(harness: Harness, partner_id: str, **asked: Any) -> tuple[list[str], int]:
    """The ids of the contacts, and how many there are."""
    page = await list_contacts(harness.env, ListContacts(call=a_call(), partner_id=partner_id, **asked))
    return [one.value.id for one in page.rows], page.total


async def territories(harness: Harness, **asked: Any) -> tuple[list[str], int]:
    """The ids of the grants, and how many there are."""
    page = await list_territories(harness.env, ListTerritories(call=a_call(), **asked))
    return [one.value.id for one in page.rows], page.total


async def test_contacts_are_listed_by_their_change_and_counted(harness: Harness) -> None:
    partner = await harness.active()
    known, _ = await contacts(harness, partner.id)
    harness.clock.advance(LATER)
    one, two = [(await add(harness, partner.id)).id for _ in range(2)]
    harness.clock.advance(LATER)
    changed = await change(harness, one, primary=True)
    assert await contacts(harness, partner.id, order_by="id desc", include_total_size=True, page_size=1) == (
        [two],
        len(known) + 2,
    )
    since = changed.update_time - LATER
    assert (await contacts(harness, partner.id, updated_since=since))[0] == [two, one]
    assert (await contacts(harness, partner.id, updated_since=since, updated_before=changed.update_time))[0] == [two]
    with pytest.raises(InvalidInput, match="updated_before"):
        await contacts(harness, partner.id, order_by="id", updated_before=since)


async def test_territories_are_listed_by_their_change_and_counted(harness: Harness) -> None:
    partner = await harness.active()
    one, two, three = [(await grant(harness, partner.id, country=country)).id for country in ("DE", "DE", "FR")]
    harness.clock.advance(LATER)
    ended = await revoke(harness, one)
    assert await territories(harness, country="DE", include_total_size=True) == ([one, two], 2)
    assert await territories(harness, partner_id=partner.id, order_by="update_time desc") == ([one, three, two], 0)
    assert await territories(harness, updated_since=ended.update_time) == ([one], 0)
    assert await territories(harness, country="FR", updated_before=ended.update_time) == ([three], 0)
