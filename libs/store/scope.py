"""Whose rows a caller sees and changes: the one rule for a partner's people, asked by `Env` before anything is shown.

Callers without a partner - the vendor's people, consumers, jobs - are bound by permission alone. A partner's people
change rows of their own partner and see those and, where its agreement says so, the rows of its downline. Anything else
does not exist for them: what is refused here is refused in the words for a row that is not there. When their partner is
suspended or has ended, they may only read, and answer what the vendor asked; they change nothing else.

Each call reads the hierarchy of partners from the service's own record; rows do not store it: a partner that moves
takes its history along.
"""

from collections.abc import Mapping
from typing import Any

from libs.call import Call, Caller
from libs.errors import NotFound
from libs.partner import LEVELS, NOT_IN_BUSINESS, PartnerNotActive
from libs.store.codec import attribute
from libs.store.port import Document, Kind, Put, Scalar, Store, get


class Scope:
    """The rule on one service's store. partners: the kind that says who belongs to whom (`parent_partner_id`,
    `sees_downline`, `status`); without one nobody sees a downline."""

    def __init__(self, store: Store, partners: Kind[Any] | None = None) -> None:
        self._store = store
        self._partners = partners

    async def sees(self, caller: Caller, kind: Kind[Any], document: Document) -> bool:
        """Whether the row may be shown to the caller."""
        return owns(caller, kind, document) or await self._sees_partner(caller, _owner(kind, document))

    async def partner_of(self, caller: Caller, asked: str) -> str:
        """Whose rows a question is about that names a partner or, by the empty string, all it may: `asked` as it is
        for the vendor's people, the own partner or one of the downline for a partner's. NotFound."""
        if not caller.partner_id or asked == caller.partner_id:
            return asked
        if not asked:
            return caller.partner_id
        if not await self._sees_partner(caller, asked):
            raise NotFound("partner", asked)
        return asked

    async def require_in_business(self, call: Call, put: Put[Any] | None = None) -> None:
        """PartnerNotActive for people of a partner that is not in business, unless their call is an answer; with what
        they would write, unless that replaces what waits for one. A partner that is not known here yet is let pass."""
        if not call.caller.partner_id or self._partners is None:
            return
        own = await get(self._store, self._partners, call.caller.partner_id)
        if own is None or own.value.status not in NOT_IN_BUSINESS:
            return
        if not call.answers or (put is not None and not _awaited(put)):
            raise PartnerNotActive(own.value.id, own.value.status)

    async def narrowed(self, caller: Caller, kind: Kind[Any], filters: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        """The filters of a listing with the partner whose rows it is about. NotFound for one the caller may not see."""
        if not caller.partner_id:
            return filters
        assert kind.owner, f"{kind.name} belongs to no partner, so no partner's people may list it"
        asked = filters.get(kind.owner)
        return {**filters, kind.owner: await self.partner_of(caller, asked if isinstance(asked, str) else "")}

    async def below(self, partner_id: str, top: str) -> bool:
        """Whether the partner is in the downline of the top."""
        assert self._partners is not None
        for _ in range(LEVELS):
            loaded = await get(self._store, self._partners, partner_id)
            partner_id = loaded.value.parent_partner_id if loaded else ""
            if not partner_id or partner_id == top:
                break
        return partner_id == top

    async def _sees_partner(self, caller: Caller, partner_id: str) -> bool:
        if self._partners is None or not partner_id:
            return False
        own = await get(self._store, self._partners, caller.partner_id)
        return own is not None and own.value.sees_downline and await self.below(partner_id, caller.partner_id)


def owns(caller: Caller, kind: Kind[Any], document: Document) -> bool:
    """Whether the row is the caller's to change, as far as partners go; a kind without an owner belongs to no
    partner."""
    return not caller.partner_id or _owner(kind, document) == caller.partner_id


def _awaited(put: Put[Any]) -> bool:
    awaited = put.kind.awaited
    return awaited is None or (put.before is not None and awaited(put.before))


def _owner(kind: Kind[Any], document: Document) -> str:
    return str(attribute(kind.owner)(document)) if kind.owner else ""
