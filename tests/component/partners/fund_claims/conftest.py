"""A store of either engine."""

from tests.component.partners.funds.conftest import either_store as either_store
from tests.contracts.store.conftest import mongo_server as mongo_server
