"""What a slice declares about the documents of a kind that a handover may move."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from libs.call import Command
from libs.env import Env
from libs.handover.documents import HANDED_ROWS, HandedRow, HandoverTask
from libs.handover_row import HandoverStay
from libs.privacy.keys import Keys
from libs.store.port import ROWS_PER_PAGE, Document, Kind, Loaded, Put, Query, Scalar, create

D = TypeVar("D", bound=Document)


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the encrypted object: the logins of the persons."""

    leaving: str
    target: str


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """Who leaves, and who takes over: two partners, or two logins; the others are empty."""

    handover_id: str
    partner_id: str = ""
    target_partner_id: str = ""
    user: str = ""
    target_user: str = ""


class MoveRow(Command, frozen=True, kw_only=True):
    """Move one document. kind: its name."""

    id: str
    kind: str
    leaving: Leaving

    @property
    def receipt(self) -> Put[HandedRow]:
        """The write that goes into the commit that moves the document."""
        handover_id = self.leaving.handover_id
        return create(
            HANDED_ROWS,
            HandedRow(id=f"{handover_id}:{self.kind}:{self.id}", handover_id=handover_id, kind=self.kind, row=self.id),
        )


class OpenRows(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """The open documents of a kind. found_by: the equalities of the queries that find them, each served by an index;
    none if the kind does not name such a leaver. is_open: whether a document that a query finds is open. stays: why a
    document stays, None if it moves. move: a use case that moves one document with its own event and `receipt` in one
    commit, and returns it unchanged if it is not open, not the leaver's any more, or stays; None: all stay."""

    kind: Kind[D]
    found_by: Callable[[Env[Any], Leaving], Sequence[Mapping[str, Scalar]]]
    stays: Callable[[Env[Any], D, Leaving], Awaitable[HandoverStay | None]]
    move: Callable[[Env[Any], MoveRow], Awaitable[D]] | None = None
    is_open: Callable[[Env[Any], D], bool] = lambda env, _: True

    async def pages(self, env: Env[Any], leaving: Leaving) -> AsyncIterator[list[Loaded[D]]]:
        """The open documents, a page at a time. StoreUnavailable."""
        for equals in self.found_by(env, leaving):
            cursor = ""
            while True:
                page = await env.store.find(Query(kind=self.kind, equals=equals, limit=ROWS_PER_PAGE, cursor=cursor))
                yield [loaded for loaded in page.rows if self.is_open(env, loaded.value)]
                if not (cursor := page.next_cursor):
                    break


def sealed_users(keys: Keys, name: str, *, leaving: str, target: str) -> bytes:
    """The encrypted object with the logins, which every service can open. name: its name in the object store."""
    return keys.seal_for_all(msgspec.json.encode(Users(leaving=leaving, target=target)), name)


def leaving_of(keys: Keys, task: HandoverTask) -> Leaving:
    """Who leaves, and who takes over. ForgedObject."""
    users = Users(leaving="", target="")
    if task.object_name:
        users = msgspec.json.decode(keys.unseal(task.sealed, task.object_name), type=Users)
    return Leaving(
        handover_id=task.id,
        partner_id=task.leaving_partner_id,
        target_partner_id=task.target_partner_id,
        user=users.leaving,
        target_user=users.target,
    )
