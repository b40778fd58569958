"""The facts of a document follow it to the partner to which it was handed over, whatever order its events come in."""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from libs.pb.prm.tickets import v1 as tickets_pb
from libs.privacy.keys import Keys
from libs.store.port import Query
from services.partners.facts.documents import EVIDENCE, FACTS
from services.partners.facts.domain.metrics import FactMetric
from services.partners.service import COMPOSITION
from tests.builders import an_id
from tests.component.partners.facts.telling import settled, tell
from tests.component.partners.harness import Harness
from tests.component.replica import sealed

TICKET, LEAVER, TARGET = an_id("tkt"), an_id("ptn", 1), an_id("ptn", 2)
CREATED = tickets_pb.TicketCreated(ticket_id=TICKET, partner_id=LEAVER, country="DE")
HANDED_OVER = tickets_pb.TicketHandedOver(ticket_id=TICKET, partner_id=TARGET, from_partner_id=LEAVER)
CLOSED = tickets_pb.TicketClosed(ticket_id=TICKET, partner_id=TARGET)
EVENTS = ((1, CREATED), (2, HANDED_OVER), (3, CLOSED))


@pytest.mark.parametrize(
    "order", list(permutations(EVENTS)), ids=lambda order: "".join(str(version) for version, _ in order)
)
async def test_the_facts_of_a_ticket_follow_it(tmp_path: Path, keys: Keys, order: Sequence[tuple[int, Any]]) -> None:
    async with sealed(tmp_path, "partners", COMPOSITION.kinds, keys) as store:
        harness = Harness(store, keys)
        for version, event in order:
            await tell(harness, event, version=version)
            await settled(harness)
        facts = await _owners(harness, FACTS)
        assert facts == await _owners(harness, EVIDENCE) == {TARGET}


async def _owners(harness: Harness, kind: Any) -> set[str]:
    """The partners that have a figure of tickets."""
    rows = (await harness.env.store.find(Query(kind=kind, limit=200))).rows
    return {one.value.partner_id for one in rows if one.value.metric is FactMetric.TICKETS}
