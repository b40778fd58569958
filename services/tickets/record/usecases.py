"""Renews the assignees of a ticket that an earlier release stored: their ids, keys and alias rows."""

from typing import Any

from msgspec.structs import replace

from libs.call import Command
from libs.privacy.aliases import ALIASES, alias_rows
from libs.store.listing import everything
from libs.store.port import Kind, Loaded, create, get_all
from services.tickets.record.documents import HISTORY, TICKETS
from services.tickets.record.domain.persons import ASSIGNEE_RULES, assignees, persons, with_ids
from services.tickets.record.domain.ticket import Ticket
from services.tickets.record.reads import keyed_assignee
from services.tickets.settings import Env

ALIASES_PER_COMMIT = 50


class RenewAssignee(Command, frozen=True, kw_only=True):
    """Renew the assignees of a ticket and of its history."""

    id: str


async def renew_assignee(env: Env, cmd: RenewAssignee) -> Ticket:
    """The ticket with the key and the id of its assignee; its history has ids then, too. The ticket comes last, so that
    a renewal that was interrupted is repeated."""
    loaded = await env.load(TICKETS, cmd.id, call=cmd.call)
    if loaded.value.assignee_rules == ASSIGNEE_RULES:
        return loaded.value
    found = [one.id for one in await everything(env.store, HISTORY, {"ticket_id": cmd.id})]
    for entry in (await get_all(env.store, HISTORY, found)).values():
        changes = with_ids(entry.value.changes, lambda: env.ids.new("psn"))
        if changes != entry.value.changes:
            await _add_aliases(env, HISTORY, entry, assignees(entry.value))
            await env.store.commit([entry.put(replace(entry.value, changes=changes))])
    await _add_aliases(env, TICKETS, loaded, persons(loaded.value))
    return await env.commit(loaded.put(keyed_assignee(env, loaded.value)), call=cmd.call)


async def _add_aliases(env: Env, kind: Kind[Any], loaded: Loaded[Any], named: tuple[Any, ...]) -> None:
    wanted = alias_rows(env.keys, kind, loaded.value.id, named)
    there = await get_all(env.store, ALIASES, sorted(wanted))
    lacking = [create(ALIASES, one) for name, one in wanted.items() if name not in there]
    for start in range(0, len(lacking), ALIASES_PER_COMMIT):
        await env.store.commit(lacking[start : start + ALIASES_PER_COMMIT])
