"""What services handed over ends when no package can need it any more, and not before."""

from datetime import timedelta

import pytest

from libs.person import Person
from services.compliance.package.domain.export import ExportExpired
from services.compliance.package.usecases.export import RecordExport, record_export
from services.compliance.package.usecases.objects import DELETED_AT_ONCE, delete_objects
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.settings import Downloads
from tests.builders import an_id
from tests.component.compliance.harness import Card, Harness

REPEATABLE_FOR = Downloads().download_period
ME = Person(person_id=an_id("psn", 1), name="Ngozi Okafor", email="ngozi@example.org", phone="+49 30 901820")
EVERYTHING = (("EMAIL", ME.email), ("PHONE", ME.phone), ("PERSON_ID", ME.person_id))


async def _take(harness: Harness, request: SubjectRequest) -> None:
    made = await harness.package(request)
    await harness.run(record_export, RecordExport, id=request.id, manifest=made.manifest, sha256=made.sha256)


async def _swept(harness: Harness) -> set[str]:
    while await delete_objects(harness.env):
        pass
    return set(harness.shelf.objects)


async def test_of_a_search_in_rounds_only_the_objects_of_the_last_are_kept(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.search(await harness.ask(("EMAIL", ME.email)))
    assert request.round == 2
    assert len(harness.shelf.objects) == 2 * len(SERVICES) + 3  # and two questions, and the aliases that one found
    assert await _swept(harness) == {one.object_name for one in request.present_answers}
    assert (await harness.package(request)).manifest.row_count == 2


async def test_an_object_whose_announcement_is_on_the_way_is_kept_and_one_that_came_second_is_not(
    harness: Harness,
) -> None:
    request = await harness.ask(*EVERYTHING)
    opened, deals = harness.opened(), harness.holders["deals"]
    first = await deals.answer(opened)
    assert len(await _swept(harness)) == 2  # the question, and what answers it
    await harness.hear(first)
    known = await _swept(harness)
    await deals.keep(Card(id="d2", owner=ME))
    await harness.hear(await deals.answer(opened))
    assert len(harness.shelf.objects) == 3
    assert await _swept(harness) == known
    assert (await harness.request(request)).missing_services


async def test_a_package_can_be_taken_again_for_a_day_and_then_nothing_of_it_is_left(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.search(await harness.ask(*EVERYTHING))
    other = await harness.search(await harness.ask(("EMAIL", "somebody@example.org")))
    await _take(harness, request)
    harness.clock.advance(REPEATABLE_FOR - timedelta(seconds=1))
    await _swept(harness)
    await _take(harness, request)
    harness.clock.advance(timedelta(seconds=1))
    assert {name.partition("/")[0] for name in await _swept(harness)} == {other.id}
    with pytest.raises(ExportExpired) as expired:
        await harness.package(request)
    assert expired.value.metadata["id"] == request.id


async def test_what_belongs_to_no_request_is_deleted_and_no_more_than_a_hundred_at_once(harness: Harness) -> None:
    for number in range(DELETED_AT_ONCE + 1):
        await harness.shelf.put(f"{an_id('dsr', number)}/1/deals/0123456789abcdef", b"")
    await harness.shelf.put("of/somebody/else", b"")
    assert await delete_objects(harness.env) == DELETED_AT_ONCE
    assert await delete_objects(harness.env) == 1
    assert await delete_objects(harness.env) == 0
    assert list(harness.shelf.objects) == ["of/somebody/else"]


async def test_many_requests_one_after_the_other_leave_no_more_than_their_last_rounds(harness: Harness) -> None:
    """A hundred and twenty of them took 1.5 GB."""
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    for _ in range(8):
        await _take(harness, await harness.search(await harness.ask(("EMAIL", ME.email))))
        assert len(await _swept(harness)) % len(SERVICES) == 0
    assert len(harness.shelf.objects) == 8 * len(SERVICES)
    harness.clock.advance(REPEATABLE_FOR)
    assert await _swept(harness) == set()
