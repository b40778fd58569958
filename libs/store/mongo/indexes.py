"""The indexes of a kind: a start creates them and waits until they are built; only an operator drops any.

Several releases may use one database at a time. So a start only adds: an index that it does not know, or an index value
of a document, may belong to a newer release, or to an older one that still runs. The signature of a document identifies
the indexes for which it was written; the collection `layouts` lists the index values that each signature covers.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from pymongo import ReplaceOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, CollectionInvalid, OperationFailure

from libs.store.codec import from_plain
from libs.store.mongo.driver import Tree
from libs.store.mongo.failures import DUPLICATE_KEY, NAMESPACE_EXISTS, is_duplicate, violated_index
from libs.store.port import UniqueViolation
from libs.store.tree import IndexSpec, Layout

_LAYOUTS = "layouts"
_ROWS_PER_BATCH = 500
_LAYOUTS_KEPT = 1_000
_LOOK_AGAIN_SECONDS = 0.5
_BUILDING = ("building", "buildUUID", "indexBuildInfo")
"""How servers mark an index, in the list of them, that is not ready."""


class Unknown(NamedTuple):
    """An index that no kind declares. fields: ascending."""

    collection: str
    name: str
    fields: tuple[str, ...]
    unique: bool


def collection_of(kind: str) -> str:
    """The name of a kind's collection. Not the bare name: servers that store collections as SQL tables fail on
    `order`."""
    return f"{kind}_rows"


async def ensure(database: AsyncDatabase[Tree], patient: AsyncDatabase[Tree], layout: Layout) -> None:
    """Add missing index values to documents, create the indexes and wait until they are built. patient: the same
    database through a client that waits that long for an answer. UniqueViolation."""
    name = collection_of(layout.kind.name)
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        pass  # it exists
    except OperationFailure as err:
        if err.code != NAMESPACE_EXISTS:  # another process was quicker
            raise
    await refresh(database, layout)
    for spec in sorted(layout.indexes):
        await _create(patient[name], layout, spec)
    while True:
        if await _built(database[name], layout.indexes):
            return
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def unknown(database: AsyncDatabase[Tree], layouts: Sequence[Layout]) -> list[Unknown]:
    """The indexes in the collections of these kinds that the kinds do not declare."""
    found = []
    for layout in layouts:
        name = collection_of(layout.kind.name)
        for made, info in (await database[name].index_information()).items():
            if (spec := _spec(info)) not in layout.indexes and made != "_id_":
                found.append(Unknown(name, made, spec.fields, spec.unique))
    return sorted(found)


async def drop(database: AsyncDatabase[Tree], found: Unknown) -> None:
    """Drop an index that `unknown` found; nothing if it was dropped meanwhile."""
    try:
        await database[found.collection].drop_index(found.name)
    except OperationFailure as err:
        if err.code not in (26, 27):  # NamespaceNotFound, IndexNotFound
            raise


async def refresh(database: AsyncDatabase[Tree], layout: Layout) -> None:
    """Add the values that these indexes need to documents that lack them, and keep those of other releases. Documents
    that change meanwhile are skipped. UniqueViolation."""
    rows, covering = database[collection_of(layout.kind.name)], await _covering(database, layout)
    last = ""
    while stale := await rows.find(
        {"s": {"$nin": covering}, "_id": {"$gt": last}}, sort=[("_id", 1)], limit=_ROWS_PER_BATCH
    ).to_list(_ROWS_PER_BATCH):
        trees = [_merged(layout.tree(from_plain(layout.kind, one["d"]).value, one["d"]), one) for one in stale]
        try:
            await rows.bulk_write([ReplaceOne({"_id": tree["_id"], "v": tree["v"]}, tree) for tree in trees])
        except BulkWriteError as err:
            errors = (err.details or {}).get("writeErrors") or ()
            if not errors or errors[0]["code"] != DUPLICATE_KEY:
                raise
            raise UniqueViolation(layout.kind.name, _index_name(layout, violated_index(errors[0]))) from err
        last = stale[-1]["_id"]


def _merged(tree: Tree, before: Tree) -> Tree:
    """The tree with the index values that other releases wrote for the same version of the document."""
    return {**tree, "ix": {**before.get("ix", {}), **tree["ix"]}, "uq": {**before.get("uq", {}), **tree["uq"]}}


async def _covering(database: AsyncDatabase[Tree], layout: Layout) -> list[str]:
    """The signatures of documents that have all values these indexes need. Stores what this layout's signature
    covers."""
    known, needed = database[_LAYOUTS], set(layout.covers)
    own = {"_id": f"{layout.kind.name} {layout.signature}", "k": layout.kind.name, "s": layout.signature}
    await known.replace_one({"_id": own["_id"]}, {**own, "covers": sorted(needed)}, upsert=True)
    found = await known.find({"k": layout.kind.name}).to_list(_LAYOUTS_KEPT)
    return sorted(one["s"] for one in found if needed <= set(one["covers"]))


async def _create(rows: AsyncCollection[Tree], layout: Layout, spec: IndexSpec) -> None:
    """Create an index, even if it is listed already: the server answers when it is built, also if another process
    started the build. UniqueViolation."""
    keys = [(field, 1) for field in spec.fields]
    try:
        await rows.create_index(keys, name=spec.name, unique=spec.unique, sparse=spec.unique)
    except OperationFailure as err:
        if not is_duplicate(err):
            raise
        raise UniqueViolation(layout.kind.name, _index_name(layout, spec.fields[0].removeprefix("uq."))) from err


async def _built(rows: AsyncCollection[Tree], wanted: frozenset[IndexSpec]) -> bool:
    """Whether all wanted indexes exist and none of them is marked as unfinished."""
    infos = (await rows.index_information()).values()
    ready = {_spec(one) for one in infos if not any(one.get(mark) for mark in _BUILDING)}
    return wanted <= ready


def _spec(info: Any) -> IndexSpec:
    return IndexSpec(tuple(field for field, _ in info["key"]), bool(info.get("unique")))


def _index_name(layout: Layout, key: str) -> str:
    return layout.unique_names.get(key, key)
