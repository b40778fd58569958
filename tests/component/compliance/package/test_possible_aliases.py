"""What may be the person, and may be somebody else, is shown to the officer and not to the person."""

import json

import pytest

from libs.errors import NotFound
from libs.person import Person
from services.compliance.package.usecases.possible import GetPossibleAliases, get_possible_aliases
from services.compliance.requests.domain.request import SubjectRequest
from tests.builders import an_id
from tests.component.compliance.harness import Card, Harness

TAGGED = Person(name="Ngozi O.", email="Ngozi+CRM@example.org.")
PLAIN = Person(name="Ngozi Okafor", email="ngozi@example.org", phone="+49 30 901820")
LOCAL = Person(name="N. Okafor", phone="90 18 20")
MUNICH = Person(name="Jo Doe", phone="+49 89 901820")


async def _possible(harness: Harness, request: SubjectRequest) -> set[tuple[str, str, str, int]]:
    found = await harness.look(get_possible_aliases, GetPossibleAliases, id=request.id)
    return {(one.service, one.alias.value, one.name, one.row_count) for one in found}


async def _keep(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=PLAIN))
    await harness.holders["deals"].keep(Card(id="d2", owner=TAGGED))
    await harness.holders["orders"].keep(Card(id="o1", owner=TAGGED, others=(TAGGED,)))
    await harness.holders["orders"].keep(Card(id="o2", owner=TAGGED))
    await harness.holders["tickets"].keep(Card(id="t1", owner=LOCAL, country="DE"))
    await harness.holders["tickets"].keep(Card(id="t2", owner=MUNICH))


async def test_another_tag_and_a_number_without_area_code_are_shown_and_not_in_the_package(harness: Harness) -> None:
    await _keep(harness)
    request = await harness.search(await harness.ask(("EMAIL", PLAIN.email), ("PHONE", PLAIN.phone)))
    assert await _possible(harness, request) == {
        ("deals", TAGGED.email, TAGGED.name, 1),
        ("orders", TAGGED.email, TAGGED.name, 2),
        ("tickets", LOCAL.phone, LOCAL.name, 1),
        ("tickets", MUNICH.phone, MUNICH.name, 1),
    }
    made = await harness.package(request)
    everything = b"".join(one.data for one in made.files)
    assert not [one for one in (TAGGED.email, LOCAL.phone, MUNICH.phone, MUNICH.name) if one.encode() in everything]
    files = {one.path: one.data for one in made.files}
    assert [json.loads(line)["id"] for line in files["data/deals/card.json"].splitlines()] == ["d1"]
    assert [one.partition(" addresses")[0] for one in made.manifest.withheld if "resemble" in one] == [
        *("deals: 1", "orders: 1", "tickets: 2")
    ]


async def test_what_the_officer_includes_is_found(harness: Harness) -> None:
    await _keep(harness)
    request = await harness.search(await harness.ask(("EMAIL", PLAIN.email), ("EMAIL", TAGGED.email)))
    assert (await harness.package(request)).manifest.row_count == 5  # four cards, and the request itself
    assert await _possible(harness, request) == set()


@pytest.mark.parametrize(
    ("asked", "shown"), [("ngozi+shop@example.org", {PLAIN.email, TAGGED.email}), ("N@x.org", set())]
)
async def test_whoever_asks_by_a_tag_is_shown_the_mailbox_and_its_other_tags(
    harness: Harness, asked: str, shown: set[str]
) -> None:
    await _keep(harness)
    request = await harness.search(await harness.ask(("EMAIL", asked)))
    assert {value for _, value, _, _ in await _possible(harness, request)} == shown


async def test_a_request_that_nobody_knows_has_none(harness: Harness) -> None:
    with pytest.raises(NotFound):
        await harness.look(get_possible_aliases, GetPossibleAliases, id=an_id("dsr", 9))
