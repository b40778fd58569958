"""Whoever takes packages keeps nobody waiting: while one is made the event loop goes on."""

import asyncio

from libs.lifetime import alongside
from libs.person import Person
from tests.builders import an_id
from tests.component.compliance.harness import Card, Harness
from tests.component.compliance.turns import LoopTurns

EXPORTS = 8


async def test_while_a_package_is_made_the_loop_goes_round(harness: Harness) -> None:
    me = Person(person_id=an_id("psn", 1), name="Ngozi Okafor", email="ngozi@example.org")
    for number in range(20):
        await harness.holders["deals"].keep(Card(id=f"d{number}", owner=me))
    request = await harness.search(await harness.ask(("EMAIL", "ngozi@example.org")))
    turns = LoopTurns()
    async with alongside(turns.run()):
        packages = await asyncio.gather(*[harness.package(request) for _ in range(EXPORTS)])
    assert len({package.sha256 for package in packages}) == 1
    assert turns.count >= EXPORTS * (len(request.services) + 1)
