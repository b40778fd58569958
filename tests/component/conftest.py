"""Keys are made once for all tests of services; they cost more than a test."""

import pytest

from libs.privacy.keys import Keys, create_keys, open_keys
from services.__main__ import SERVICES


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder, SERVICES)
    return open_keys(folder).of("compliance")
