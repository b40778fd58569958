"""An issuer that answers while a test runs."""

from collections.abc import Iterator

import pytest

from tests.issuers import FakeIssuer, fake_issuer


@pytest.fixture
def issuer() -> Iterator[FakeIssuer]:
    with fake_issuer() as found:
        yield found
