"""Looking many tickets up: every filter, any combination, pages without gaps or repetitions."""

from datetime import timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput
from libs.pb.prm.tickets import v1 as pb
from tests.builders import NOW
from tests.component.tickets.harness import ORDER, OTHER_PARTNER, PARTNER, Harness, stamp
from tests.component.tickets.migration.test_imports import a_row

OPEN = pb.TICKET_STATE_OPEN


async def _ids(harness: Harness, **filters: Any) -> list[str]:
    """Every id of a listing, page by page."""
    found: list[str] = []
    token = ""
    while True:
        page = await harness.call(pb.ListTicketsRequest(page_size=2, page_token=token, **filters))
        found += [ticket.id for ticket in page.tickets]
        if not (token := page.next_page_token):
            return found


@pytest.fixture
async def shelf(served: Harness) -> dict[str, str]:
    """Tickets by what is special about them, in the order of their creation."""
    await served.know_partner(OTHER_PARTNER)
    await served.know_order()
    special: dict[str, dict[str, Any]] = {
        "plain": {},
        "of_order": {"order_id": ORDER},
        "with_serial": {"serial": "SN-7", "impact": pb.IMPACT_LOW},
        "assigned": {},
        "foreign": {"partner_id": OTHER_PARTNER},
    }
    found = {}
    for name, fields in special.items():
        found[name] = (await served.file(**fields)).id
        served.later(milliseconds=1)  # ids sort by the millisecond of creation
    await served.call(pb.AssignTicketRequest(id=found["assigned"], assignment_group="field"))
    [result] = await served.take(a_row("INC1"))
    return {**found, "imported": result.id}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["plain", "of_order", "with_serial", "assigned", "foreign", "imported"]),
        ({"partner_id": OTHER_PARTNER}, ["foreign"]),
        ({"state": OPEN}, ["assigned"]),
        ({"order_id": ORDER}, ["of_order"]),
        ({"serial": "SN-7"}, ["with_serial"]),
        ({"assignment_group": "field"}, ["assigned"]),
        ({"external_source": "itsm"}, ["imported"]),
        ({"external_source": "itsm", "external_id": "INC1"}, ["imported"]),
        ({"external_source": "itsm", "external_id": "INC2"}, []),
        ({"partner_id": PARTNER, "state": OPEN, "assignment_group": "field"}, ["assigned"]),
        ({"partner_id": OTHER_PARTNER, "serial": "SN-7"}, []),
    ],
)
async def test_filters_are_combined_and_rows_come_in_the_order_of_creation(
    served: Harness, shelf: dict[str, str], filters: dict[str, Any], names: list[str]
) -> None:
    assert await _ids(served, **filters) == [shelf[name] for name in names]


async def test_what_runs_out_before_an_instant_comes_by_its_next_deadline(
    served: Harness, shelf: dict[str, str]
) -> None:
    served.later(minutes=5)
    later = (await served.file()).id
    critical = [shelf[name] for name in ("plain", "of_order", "assigned", "foreign")]
    due = stamp(NOW + timedelta(hours=1, seconds=1))
    assert await _ids(served, due_before=due) == critical
    assert await _ids(served, due_before=stamp(NOW + timedelta(hours=1))) == []
    assert await _ids(served, due_before=stamp(NOW + timedelta(days=1))) == [*critical, later, shelf["with_serial"]]
    assert await _ids(served, due_before=due, partner_id=OTHER_PARTNER) == [shelf["foreign"]]
    assert await _ids(served, due_before=due, assignment_group="field") == [shelf["assigned"]]
    assert await _ids(served, due_before=due, order_id=ORDER) == [shelf["of_order"]]


async def test_a_token_of_another_query_is_refused(served: Harness, shelf: dict[str, str]) -> None:
    page = await served.call(pb.ListTicketsRequest(page_size=2))
    assert len(shelf) == 6
    for request in (
        pb.ListTicketsRequest(page_size=2, page_token=page.next_page_token, state=OPEN),
        pb.ListTicketsRequest(page_size=2, page_token="nonsense"),
        pb.ListTicketsRequest(page_token=page.next_page_token, due_before=stamp(NOW)),
    ):
        with pytest.raises(InvalidInput) as refused:
            await served.call(request)
        assert [v.field for v in refused.value.violations] == ["page_token"]


async def test_an_external_id_needs_its_source(served: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await served.call(pb.ListTicketsRequest(external_id="INC1"))
    assert [(v.field, v.reason) for v in refused.value.violations] == [("external_source", "REQUIRED")]


async def test_tickets_are_found_by_assignee_priority_and_time_of_change(
    served: Harness,
) -> None:
    made = []
    for impact in (pb.IMPACT_HIGH, pb.IMPACT_LOW, pb.IMPACT_LOW):
        made.append(await served.file(impact=impact))
        served.later(milliseconds=1)
    served.later(hours=1)
    since = stamp(served.clock.now())
    for ticket in (made[2], made[0]):
        await served.call(pb.AssignTicketRequest(id=ticket.id, assignee="idp:ada"))
        served.later(minutes=1)
    high, low, second = made
    assert await _ids(served, assignee="idp:ada") == [high.id, second.id]
    assert await _ids(served, assignee="idp:ada", priority=high.priority) == [high.id]
    assert await _ids(served, priority=low.priority) == [low.id, second.id]
    assert await _ids(served, updated_since=since) == [second.id, high.id]
    assert await _ids(served, order_by="update_time desc") == [high.id, second.id, low.id]
    counted = await served.call(pb.ListTicketsRequest(updated_since=since, page_size=1, include_total_size=True))
    assert (len(counted.tickets), counted.total_size, counted.total_size_is_lower_bound) == (1, 2, False)
