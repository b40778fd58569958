"""The use case of freezes: state whether the person of a request is frozen."""

import msgspec

from libs.call import Command
from libs.sought_hashes import seal_sought
from libs.store.port import create, get
from services.compliance.freezes.documents import FREEZES
from services.compliance.freezes.domain import PersonFreeze, freeze_id, frozen
from services.compliance.freezes.events import PersonFreezeStated
from services.compliance.holds.documents import HOLDS
from services.compliance.holds.domain import hold_id
from services.compliance.requests.documents import REQUESTS
from services.compliance.settings import Env

FREEZE = "freeze"  # the first part of the names of the objects


class StateFreeze(Command, frozen=True, kw_only=True):
    """State whether the person of a request is frozen, by its state and its hold now."""

    case_id: str


class FreezeStated(msgspec.Struct, frozen=True, kw_only=True):
    """What is stated now. freeze: None if the person never was frozen. changed: whether this call stated it."""

    freeze: PersonFreeze | None
    changed: bool


async def state_freeze(env: Env, cmd: StateFreeze) -> FreezeStated:
    """What services know now. A new statement is made only if it differs from the last one: the person is frozen and
    was not, is frozen under other aliases, or is no longer frozen. The object of the last statement is deleted then.
    StoreUnavailable."""
    request = await get(env.store, REQUESTS, cmd.case_id)
    hold = await get(env.store, HOLDS, hold_id(cmd.case_id))
    held = await get(env.store, FREEZES, freeze_id(cmd.case_id))
    hashes = frozen(request.value if request else None, hold.value if hold else None)
    name = (await seal_sought(env, FREEZE, cmd.case_id, 0, hashes)).name if hashes else ""
    before = held.value.object_name if held else ""
    if name == before:
        return FreezeStated(freeze=held.value if held else None, changed=False)
    now = env.clock.now()
    stated = PersonFreeze(
        id=freeze_id(cmd.case_id),
        case_id=cmd.case_id,
        active=bool(hashes),
        object_name=name,
        create_time=held.value.create_time if held else now,
        update_time=now,
    )
    told = PersonFreezeStated(
        freeze_id=stated.id, case_id=stated.case_id, active=stated.active, object_name=stated.object_name
    )
    done = await env.commit(held.put(stated) if held else create(FREEZES, stated), events=[told], call=cmd.call)
    if before:
        await env.objects.delete(before)
    return FreezeStated(freeze=done, changed=True)
