"""The server that half of the cases need."""

from tests.contracts.store.conftest import mongo_server as mongo_server
