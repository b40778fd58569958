"""The storage port on a MongoDB replica set, by motor or PyMongo's asyncio client; see ../README.md."""

from libs.store.mongo.store import COMMIT_ATTEMPTS, MongoStore

__all__ = ["COMMIT_ATTEMPTS", "MongoStore"]
