"""The jobs of deliveries: what was missed goes back into the queue, backlogs are compared with their bound, and what is
old is deleted. The figures are the backlogs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from libs.call import SYSTEM, Call
from libs.errors import AppError
from libs.runtime.service import Figures, Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Put, Query, VersionConflict
from libs.telemetry import Reading
from services.hooks.deliveries import usecases
from services.hooks.deliveries.documents import DELIVERIES, RECEIVERS
from services.hooks.deliveries.domain import delivery as rules
from services.hooks.deliveries.domain.delivery import BACKLOG_AT_MOST, Receiver
from services.hooks.deliveries.domain.states import RECOVERABLE, DeliveryState
from services.hooks.deliveries.reads import counted, in_state, receiver_of, receivers_with_work
from services.hooks.deliveries.usecases import OneRow
from services.hooks.settings import Env, Settings
from services.hooks.subscriptions.domain.states import SubscriptionState
from services.hooks.subscriptions.reads import removable, subscriptions_by_id

RECOVER, RECOVER_EVERY = "hooks__recover_missed", timedelta(seconds=1)
BOUND, BOUND_EVERY = "hooks__bound_backlogs", timedelta(seconds=10)
PURGE, PURGE_EVERY = "hooks__purge_deliveries", timedelta(minutes=10)
RECEIVERS_MEASURED = 1_000
SHOWN_BACKLOGS = 50


async def recover_missed(env: Env) -> int:
    """Put a page of missed deliveries of each receiver that asked back into the queue, unless half a backlog waits
    already; how many."""
    asked = Query(kind=RECEIVERS, order="recover_since", at_least=datetime.min.replace(tzinfo=env.clock.now().tzinfo))
    moved = 0
    for loaded in (await env.store.find(asked)).rows:
        moved += await _recover(env, loaded)
    return moved


async def bound_backlogs(env: Env) -> int:
    """Mark receivers whose backlog has reached its bound, and those whose backlog is below half of it again; how
    many."""
    now_full = await env.store.find(Query(kind=RECEIVERS, equals={"full": True}, limit=ROWS_PER_PAGE))
    ids = {loaded.value.id for loaded in now_full.rows}
    ids.update(await receivers_with_work(env.store, "", RECEIVERS_MEASURED))
    moved = 0
    for one in sorted(ids):
        count = (await counted(env.store, one, DeliveryState.PENDING)).rows
        known = await receiver_of(env.store, one)
        full = count >= BACKLOG_AT_MOST or (known.value.full and count > BACKLOG_AT_MOST // 2)
        if full is not known.value.full:
            moved += await _put(env, BOUND, known.put(rules.filled(known.value, full)))
    return moved


async def purge_deliveries(env: Env) -> int:
    """Delete a page of deliveries, and of subscriptions that were deleted, after the days of the policy; how many."""
    before = env.clock.now() - timedelta(days=env.settings.policy.delivery_days)
    old = await env.store.find(Query(kind=DELIVERIES, order="create_time", below=before, limit=ROWS_PER_PAGE))
    ended = await removable(env.store, before, ROWS_PER_PAGE)
    gone = await sweep(PURGE, old.rows, lambda call, row: env.run(usecases.remove_delivery, OneRow(call=call, id=row)))
    return gone + await sweep(
        PURGE, ended, lambda call, row: env.run(usecases.remove_subscription, OneRow(call=call, id=row))
    )


async def read_backlogs(env: Env) -> Mapping[str, Sequence[Reading]]:
    """The backlogs of the first receivers that have one."""
    found = await receivers_with_work(env.store, "", SHOWN_BACKLOGS)
    counts = [(await counted(env.store, one, DeliveryState.PENDING)).rows for one in found]
    readings = [Reading(count, {"subscription": one}) for one, count in zip(found, counts, strict=True)]
    return {"prm.hooks.backlog": readings}


async def _recover(env: Env, loaded: Loaded[Receiver]) -> int:
    receiver = loaded.value
    assert receiver.recover_since is not None, "found by it"
    assert receiver.recover_before is not None, "set with it"
    found = (await subscriptions_by_id(env.store, [receiver.id])).get(receiver.id)
    if found is None or found.value.state is SubscriptionState.DELETED:  # the sender would take out what comes in
        await _put(env, RECOVER, loaded.put(rules.recovered(receiver)))
        return 0
    if (await counted(env.store, receiver.id, DeliveryState.PENDING)).rows > BACKLOG_AT_MOST // 2:
        return 0
    moved, left = 0, 0
    for state in RECOVERABLE:
        rows = await in_state(
            env.store,
            receiver.id,
            state,
            since=receiver.recover_since,
            before=receiver.recover_before,
            limit=ROWS_PER_PAGE,
        )
        left += len(rows)
        moved += await sweep(RECOVER, rows, lambda call, row: env.run(usecases.queue_again, OneRow(call=call, id=row)))
    if not left:
        await _put(env, RECOVER, loaded.put(rules.recovered(receiver)))
    elif moved:
        env.settings.woken.set()
    return moved


async def _put(env: Env, job: str, put: Put[Receiver]) -> int:
    """Write a receiver; 0 if somebody else wrote it meanwhile, then the next run looks again."""
    try:
        await env.commit(put, call=Call(caller=SYSTEM, method=job))
    except (VersionConflict, AppError):
        return 0
    return 1


JOBS: tuple[Job[Settings], ...] = (
    Job(RECOVER, RECOVER_EVERY, recover_missed),
    Job(BOUND, BOUND_EVERY, bound_backlogs),
    Job(PURGE, PURGE_EVERY, purge_deliveries),
)
FIGURES: tuple[Figures[Settings], ...] = (
    Figures({"prm.hooks.backlog": "Deliveries that wait for a receiver, up to 10,000."}, read_backlogs),
)
