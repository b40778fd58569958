"""Tickets are found by an exact alias of their requester: everything that is theirs, and nothing of anybody else."""

from typing import Any

import pytest

from libs.errors import InvalidInput, NotFound
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.tickets import v1 as pb
from tests.builders import NOW, an_id
from tests.component.tickets.harness import OTHER_PARTNER, Harness, stamp, text

NGOZI, WANG = "ngozi@example.org", "wang@example.cn"
NGOZI_ID = an_id("psn", 5)


async def _pages(harness: Harness, *, by: str = "", page_size: int = 1, **filters: Any) -> list[list[str]]:
    """The ids of a listing, page by page."""
    pages: list[list[str]] = []
    token = ""
    while True:
        asked = pb.ListTicketsRequest(page_size=page_size, page_token=token, **filters)
        page = await harness.call(asked, partner=by)
        pages.append([ticket.id for ticket in page.tickets])
        if not (token := page.next_page_token):
            return pages


async def _ids(harness: Harness, **filters: Any) -> list[str]:
    return [id for page in await _pages(harness, **filters) for id in page]


def _person(**fields: Any) -> person_pb2.Person:
    return person_pb2.Person(name="Somebody", **fields)


@pytest.fixture
async def desk(served: Harness) -> dict[str, str]:
    """Tickets by what is special about them, in the order of their creation."""
    await served.know_partner(OTHER_PARTNER)
    special: dict[str, dict[str, Any]] = {
        "by mail": {"requester": _person(email=NGOZI)},
        "of another": {"requester": _person(email=WANG)},
        "in capitals": {"requester": _person(email="Ngozi@Example.org", person_id=NGOZI_ID)},
        "tagged": {"requester": _person(email="ngozi+crm@example.org")},
        "elsewhere": {"requester": _person(email=NGOZI), "partner_id": OTHER_PARTNER},
        "named": {"requester": _person(email=WANG), "description": text("Ask Ngozi", NGOZI_ID)},
        "german number": {"requester": _person(phone="030 901821"), "country": "DE"},
        "same digits": {"requester": _person(phone="030 901821"), "country": "AT"},
        "international": {"requester": _person(phone="+49 30 901821"), "country": "AT"},
        "last": {"requester": _person(email=NGOZI)},
    }
    found = {}
    for name, fields in special.items():
        found[name] = (await served.file(**fields)).id
        served.later(milliseconds=1)  # ids sort by the millisecond of creation
    return found


HERS = ["by mail", "in capitals", "elsewhere", "last"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"requester_email": NGOZI}, HERS),
        ({"requester_email": "NGOZI@example.ORG"}, HERS),
        ({"requester_email": NGOZI, "order_by": "id desc"}, HERS[::-1]),
        ({"requester_email": "ngozi+crm@example.org"}, ["tagged"]),
        ({"requester_email": "nobody@example.org"}, []),
        ({"requester_email": NGOZI, "partner_id": OTHER_PARTNER}, ["elsewhere"]),
        ({"requester_email": NGOZI, "state": pb.TICKET_STATE_OPEN}, []),
        ({"requester_person_id": NGOZI_ID}, ["in capitals"]),
        ({"requester_phone": "+49 30 901821"}, ["german number", "international"]),
        ({"requester_phone": "+43 30 901821"}, ["same digits"]),
        ({"requester_phone": "+41 30 901821"}, []),
    ],
)
@pytest.mark.parametrize("page_size", [1, 2, 200])
async def test_the_tickets_of_a_requester_come_by_id_and_no_page_is_without_rows(
    served: Harness, desk: dict[str, str], filters: dict[str, Any], names: list[str], page_size: int
) -> None:
    pages = await _pages(served, page_size=page_size, **filters)
    assert [id for page in pages for id in page] == [desk[name] for name in names]
    assert all(pages) or pages == [[]]


async def test_a_partners_people_find_the_requester_in_their_own_tickets(served: Harness, desk: dict[str, str]) -> None:
    assert await _pages(served, by=OTHER_PARTNER, requester_email=NGOZI) == [[desk["elsewhere"]]]
    assert await _pages(served, by=OTHER_PARTNER, requester_email=WANG) == [[]]
    with pytest.raises(NotFound):
        await _pages(served, by=OTHER_PARTNER, requester_email=NGOZI, partner_id=an_id("ptn"))


async def test_the_tickets_of_a_requester_are_counted(served: Harness, desk: dict[str, str]) -> None:
    page = await served.call(pb.ListTicketsRequest(requester_email=NGOZI, page_size=1, include_total_size=True))
    assert ([one.id for one in page.tickets], page.total_size) == ([desk["by mail"]], len(HERS))
    assert not page.total_size_is_lower_bound


async def test_more_tickets_that_only_name_somebody_than_a_page_looks_at_once_hide_none_that_is_theirs(
    served: Harness,
) -> None:
    for _ in range(201):
        await served.file(description=text("Ask Ngozi", NGOZI_ID))
    served.later(milliseconds=1)
    own = [(await served.file(requester=_person(person_id=NGOZI_ID))).id for _ in range(2)]
    assert await _pages(served, requester_person_id=NGOZI_ID) == [[one] for one in sorted(own)]


@pytest.mark.parametrize(
    ("filters", "violation"),
    [
        ({"order_by": "update_time"}, ("order_by", "NOT_WITH_REQUESTER")),
        ({"updated_since": stamp(NOW)}, ("order_by", "NOT_WITH_REQUESTER")),
        ({"due_before": stamp(NOW)}, ("order_by", "NOT_WITH_REQUESTER")),
        ({"requester_phone": "+49 30 901821"}, ("", "LIST_ONE_ALIAS")),
    ],
)
async def test_what_does_not_go_with_a_requester_is_refused(
    served: Harness, filters: dict[str, Any], violation: tuple[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _ids(served, requester_email=NGOZI, **filters)
    assert [(one.field, one.reason) for one in refused.value.violations] == [violation]


async def test_a_token_goes_with_the_requester_it_was_made_for(served: Harness, desk: dict[str, str]) -> None:
    page = await served.call(pb.ListTicketsRequest(requester_email=NGOZI, page_size=1))
    assert page.tickets[0].id == desk["by mail"]
    others: tuple[dict[str, Any], ...] = (
        {},
        {"requester_email": WANG},
        {"requester_email": NGOZI, "order_by": "id desc"},
    )
    for other in others:
        with pytest.raises(InvalidInput) as refused:
            await served.call(pb.ListTicketsRequest(page_token=page.next_page_token, **other))
        assert [one.field for one in refused.value.violations] == ["page_token"]
