"""Keys are made once for all tests of services; they cost more than a test."""

import pytest

from libs.privacy.keys import Keys, create_keys, open_keys


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return open_keys(folder)
