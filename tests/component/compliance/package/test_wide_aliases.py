"""An alias that thousands share: the answer ends, holds what it can and says what it left out."""

import json
from collections.abc import Sequence

import pytest

from libs import subject_data
from libs.packages.verification import Loaded, verify
from libs.person import Person
from libs.privacy.aliases import ALIASES, alias_rows
from libs.privacy.keys import Keys
from libs.store.port import create
from libs.subject_data import ANSWER_BYTES, ANSWER_ROWS, FRESH_HASHES
from services.compliance.package.usecases.assembly import Package
from services.compliance.requests.domain.request import ALIASES_AT_MOST
from services.compliance.requests.domain.states import RequestState
from tests.component.compliance.harness import CARDS, Card, Harness, Holder

SWITCHBOARD = "+49 30 901820"
CARDS_PER_COMMIT = 25


async def _fill(holder: Holder, keys: Keys, cards: Sequence[Card]) -> None:
    for start in range(0, len(cards), CARDS_PER_COMMIT):
        some = cards[start : start + CARDS_PER_COMMIT]
        rows = [create(CARDS, card) for card in some]
        named = [one for card in some for one in alias_rows(keys, CARDS, card.id, (card.owner,)).values()]
        await holder.env.store.commit([*rows, *(create(ALIASES, one) for one in named)])


def _rows(made: Package, service: str) -> list[str]:
    [file] = [one for one in made.files if one.path == f"data/{service}/card.json"]
    return [json.loads(line)["id"] for line in file.data.splitlines()]


def _cut(made: Package) -> list[str]:
    return [one for one in made.manifest.withheld if "more rows were found" in one]


@pytest.mark.parametrize(("more", "named"), [(0, 0), (51, 1)])
async def test_an_alias_of_more_rows_than_an_answer_holds_is_answered_and_the_manifest_says_so(
    harness: Harness, keys: Keys, more: int, named: int
) -> None:
    count = ANSWER_ROWS - 1 + more
    shared = [Card(id=f"d{number:05}", owner=Person(phone=SWITCHBOARD)) for number in range(count)]
    await _fill(harness.holders["deals"], keys, [*shared, Card(id="z", owner=Person(email="ngozi@example.org"))])
    request = await harness.search(await harness.ask(("PHONE", SWITCHBOARD), ("EMAIL", "ngozi@example.org")))
    assert request.state is RequestState.READY_FOR_REVIEW
    made = await harness.package(request)
    found = _rows(made, "deals")
    assert (len(found), len(set(found)), "z" in found) == (ANSWER_ROWS, ANSWER_ROWS, True)
    assert len(_cut(made)) == named
    assert all(one.startswith("deals: ") for one in _cut(made))
    assert verify(Loaded({one.path: one.data for one in made.files}), made.public_key).findings == ()
    page = next(one.data.decode() for one in made.files if one.path == "index.html")
    assert ("more rows were found" in page) == bool(named)


async def test_rows_that_are_larger_than_an_answer_are_left_out_and_the_manifest_says_so(
    harness: Harness, keys: Keys
) -> None:
    large = [
        Card(id=f"d{number}", owner=Person(email="ngozi@example.org"), remark="x" * (ANSWER_BYTES // 10))
        for number in range(12)
    ]
    await _fill(harness.holders["orders"], keys, large)
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", "ngozi@example.org"))))
    assert len(_rows(made, "orders")) == 9
    assert [one.partition(":")[0] for one in _cut(made)] == ["orders"]
    assert all(len(sealed) < ANSWER_BYTES + 64 * 1024 for sealed in harness.shelf.objects.values())


async def test_an_answer_has_no_more_fresh_aliases_than_an_event_and_a_request_hold(
    harness: Harness, keys: Keys
) -> None:
    shared = [
        Card(id=f"d{number:05}", owner=Person(email=f"p{number}@example.org", phone=SWITCHBOARD))
        for number in range(FRESH_HASHES + 100)
    ]
    await _fill(harness.holders["tickets"], keys, shared)
    await harness.ask(("PHONE", SWITCHBOARD))
    [answer] = await harness.answers(harness.opened(), "tickets")
    assert len(answer.body) < 512 * 1024


def test_a_search_is_told_of_one_alias_more_than_it_may_search() -> None:
    assert subject_data.FRESH_HASHES > ALIASES_AT_MOST
