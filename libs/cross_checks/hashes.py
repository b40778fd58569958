"""The rows by which questions of other cells find documents: one for each value and each shared key."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from libs.border_keys import BorderKey
from libs.cross_checks.documents import HASH_WALKS, HASHES, BorderHash, HashWalk
from libs.cross_checks.subjects import Form
from libs.env import Env
from libs.store.listing import every_row
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, Write, create


def hashed(key: BorderKey, purpose: str, forms: Iterable[Form]) -> tuple[str, ...]:
    """`<label>:<hash>` of each value. purpose: what is compared; hashes of two purposes never agree."""
    texts = ((one.label, "\0".join((purpose, *one))) for one in forms)
    return tuple(sorted(f"{label}:{key.hashed(text)}" for label, text in texts))


async def row_writes(
    env: Env[Any], purpose: str, keys: Sequence[BorderKey], subject: str, forms: Sequence[Form]
) -> list[Write]:
    """The writes after which a document has the rows of these values and keys, and no others."""
    rows = (_row(key.name, one, subject) for key in keys for one in hashed(key, purpose, forms))
    wanted = {row.id: row for row in rows}
    there = {row.value.id: row for row in await every_row(env.store, HASHES, {"subject": subject})}
    added = [create(HASHES, row) for name, row in wanted.items() if name not in there]
    return [*added, *(row.delete() for name, row in there.items() if name not in wanted)]


async def matched(env: Env[Any], key: str, hashes: Iterable[str]) -> dict[str, frozenset[str]]:
    """The documents with one of these hashes, each with the labels of those that it has. At most 200 for each hash."""
    found = defaultdict[str, set[str]](set)
    for one in hashes:
        page = await env.store.find(Query(kind=HASHES, equals={"key": key, "hash": one}, limit=ROWS_PER_PAGE))
        for row in page.rows:
            found[row.value.subject].add(one.partition(":")[0])
    return {subject: frozenset(labels) for subject, labels in found.items()}


async def unfinished_walk(env: Env[Any], keys: Iterable[str]) -> Loaded[HashWalk] | HashWalk | None:
    """The walk of a key with which some documents may have no rows yet; None if all keys are done."""
    walks = {one.value.id: one for one in await every_row(env.store, HASH_WALKS, {})}
    for key in keys:
        held = walks.get(key)
        if held is None:
            return HashWalk(id=key)
        if not held.value.done:
            return held
    return None


async def forget_retired(env: Env[Any], keys: Iterable[str]) -> int:
    """Delete a page of rows of keys that the cells share no more; how many."""
    kept = set(keys)
    for walk in await every_row(env.store, HASH_WALKS, {}):
        if walk.value.id in kept:
            continue
        page = await env.store.find(Query(kind=HASHES, equals={"key": walk.value.id}, limit=ROWS_PER_PAGE))
        rest = [] if page.next_cursor else [walk.delete()]
        await env.store.commit([*(row.delete() for row in page.rows), *rest])
        return len(page.rows) + len(rest)
    return 0


def _row(key: str, hash: str, subject: str) -> BorderHash:
    name = hashlib.blake2b("\0".join((key, hash, subject)).encode(), digest_size=16).hexdigest()
    return BorderHash(id=name, key=key, hash=hash, subject=subject)
