"""Which rows a caller may see and change; `Env` checks it before rows are shown or changed.

Callers without a partner (the vendor's people, consumers, jobs) are restricted by permissions alone. A partner's people
may change the rows of their own partner; they see those and, if its agreement allows it, the rows of its downline. For
any other row they get NotFound, as if it did not exist. If their partner is suspended, terminated or rejected, they may
only read, and answer questions of the vendor.

Each call reads the hierarchy of partners from the service's own projection. Rows do not store it, so the rows of a
partner that moves in the hierarchy move with it.
"""

from collections.abc import Mapping
from typing import Any

from libs.call import Call, Caller
from libs.errors import NotFound
from libs.partner import LEVELS, NOT_IN_BUSINESS, PartnerNotActive
from libs.store.codec import attribute
from libs.store.port import Document, Kind, Put, Scalar, Store, get


class Scope:
    """The rule for one service's store. partners: the kind with the hierarchy of partners (`parent_partner_id`,
    `sees_downline`, `status`); without it no partner sees the rows of its downline."""

    def __init__(self, store: Store, partners: Kind[Any] | None = None) -> None:
        self._store = store
        self._partners = partners

    async def sees(self, caller: Caller, kind: Kind[Any], document: Document) -> bool:
        """Whether the row may be shown to the caller."""
        return owns(caller, kind, document) or await self._sees_partner(caller, _owner(kind, document))

    async def partner_of(self, caller: Caller, asked: str) -> str:
        """The partner whose rows a request is about. `asked`: the id that the request names, or empty. The vendor's
        people get `asked`, where empty means all partners; a partner's people get `asked` or, if it is empty, their own
        partner. NotFound if `asked` is not their partner nor one of its downline that they may see."""
        if not caller.partner_id or asked == caller.partner_id:
            return asked
        if not asked:
            return caller.partner_id
        if not await self._sees_partner(caller, asked):
            raise NotFound("partner", asked)
        return asked

    async def require_in_business(self, call: Call, put: Put[Any] | None = None) -> None:
        """PartnerNotActive if the caller's partner is not in business, unless the call answers a question of the vendor
        and `put`, if given, replaces a document that awaits an answer. A partner that is not known here yet passes."""
        if not call.caller.partner_id or self._partners is None:
            return
        own = await get(self._store, self._partners, call.caller.partner_id)
        if own is None or own.value.status not in NOT_IN_BUSINESS:
            return
        if not call.answers or (put is not None and not _awaited(put)):
            raise PartnerNotActive(own.value.id, own.value.status)

    async def narrowed(self, caller: Caller, kind: Kind[Any], filters: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        """The filters of a listing, restricted to one partner for a partner's people. NotFound if the filters name a
        partner whose rows the caller may not see."""
        if not caller.partner_id:
            return filters
        assert kind.owner, f"{kind.name} belongs to no partner, so no partner's people may list it"
        asked = filters.get(kind.owner)
        return {**filters, kind.owner: await self.partner_of(caller, asked if isinstance(asked, str) else "")}

    async def below(self, partner_id: str, top: str) -> bool:
        """Whether the partner is in the downline of the partner `top`."""
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
    """Whether the row belongs to the caller's partner; True for callers without a partner. Rows of a kind without an
    owner belong to no partner."""
    return not caller.partner_id or _owner(kind, document) == caller.partner_id


def _awaited(put: Put[Any]) -> bool:
    awaited = put.kind.awaited
    return awaited is None or (put.before is not None and awaited(put.before))


def _owner(kind: Kind[Any], document: Document) -> str:
    return str(attribute(kind.owner)(document)) if kind.owner else ""
