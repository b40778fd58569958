"""The places of the vault's suite."""

from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.vault.conftest import places as places
