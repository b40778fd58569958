"""Writes the documents of a backup into a new collection."""

from collections.abc import Sequence

import msgspec
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError

from libs.store.codec import from_plain
from libs.store.mongo.driver import Tree
from libs.store.port import VersionConflict
from libs.store.tree import Layout


async def load(rows: AsyncCollection[Tree], layout: Layout, documents: Sequence[bytes]) -> None:
    """Insert documents, given as JSON, as they are; fields that this release does not know are kept. VersionConflict if
    the collection has one of them, or one of their unique values; OlderRelease if one is not of this kind."""
    trees = []
    for one in documents:
        plain = msgspec.json.decode(one)
        trees.append(layout.tree(from_plain(layout.kind, plain).value, plain))
    if trees:
        try:
            await rows.insert_many(trees)
        except BulkWriteError as err:
            raise VersionConflict(layout.kind.name, "") from err
