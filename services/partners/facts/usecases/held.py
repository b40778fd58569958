"""What a commit that changes sums holds: the sums while they change, and as many documents as fit beside them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from libs.store.port import Loaded, Write, create, get_all
from services.partners.facts.documents import FACTS
from services.partners.facts.domain.metrics import Sum
from services.partners.facts.domain.sources import Source
from services.partners.facts.domain.sums import Fact, Key, fact_of, grown, waiting
from services.partners.facts.usecases.work import WRITES_AT_MOST
from services.partners.settings import Env

FACTS_TURN = "facts"
"""The lock of those that write sums: in one process they wait for each other; between processes versions decide."""


def fitting(sources: Iterable[tuple[Source, int]]) -> tuple[int, dict[tuple[str, Key], Sum]]:
    """How many of these documents, from the first on, a commit holds together with the sums that they change; and what
    is added to these. sources: each with the number of its own writes."""
    count, own = 0, 0
    added: dict[tuple[str, Key], Sum] = {}
    for source, writes in sources:
        lacking = waiting([source])
        more = sum(place not in added for place in lacking)
        if own + writes + len(added) + more > WRITES_AT_MOST:
            break
        count, own = count + 1, own + writes
        for place, sums in lacking.items():
            added[place] = added[place] + sums if place in added else sums
    return count, {place: sums for place, sums in added.items() if sums}


class Facts:
    """Facts while they are changed. of, now: as changed so far."""

    def __init__(self, loaded: Mapping[str, Loaded[Fact]]) -> None:
        self._loaded = loaded
        self._changed: dict[str, Fact] = {}

    @classmethod
    async def read(cls, env: Env, places: Iterable[tuple[str, Key]], *, known: Sequence[Loaded[Fact]] = ()) -> "Facts":
        """The facts of these partners and keys, as far as they exist, and `known`, which were read before."""
        rows = {loaded.value.id: loaded for loaded in known}
        wanted = {key.id_of(partner_id) for partner_id, key in places} - rows.keys()
        return cls(await get_all(env.store, FACTS, sorted(wanted)) | rows)

    def now(self, id: str) -> Fact:
        """A fact that exists."""
        return self._changed.get(id) or self._loaded[id].value

    def of(self, partner_id: str, key: Key) -> Fact:
        """The fact of a partner, new if there was none."""
        fact_id = key.id_of(partner_id)
        known = fact_id in self._changed or fact_id in self._loaded
        return self.now(fact_id) if known else fact_of(partner_id, key)

    def grow(self, added: Mapping[tuple[str, Key], Sum], *, now: datetime) -> None:
        """Add what documents make, by partner and sum."""
        for (partner_id, key), sums in added.items():
            self.change(grown(self.of(partner_id, key), sums, now=now))

    def change(self, fact: Fact) -> None:
        """Keep a changed fact."""
        self._changed[fact.id] = fact

    def writes(self) -> list[Write]:
        """The writes of everything that changed: a fact in which nothing is left is deleted."""
        found: list[Write] = []
        for fact in self._changed.values():
            loaded = self._loaded.get(fact.id)
            if loaded is None:
                found.append(create(FACTS, fact))
            else:
                found.append(loaded.delete() if fact.empty else loaded.put(fact))
        return found
