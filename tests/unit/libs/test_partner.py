"""What a caller learns of a partner that may not act."""

import pytest

from libs.partner import PartnerNotActive, PartnerStatus


def test_the_refusal_names_the_state_of_the_partner() -> None:
    refusal = PartnerNotActive("ptn_de_1", PartnerStatus.SUSPENDED)
    assert refusal.message == "partner ptn_de_1 is SUSPENDED, not ACTIVE"
    assert refusal.metadata == {"partner_id": "ptn_de_1", "state": "SUSPENDED"}


@pytest.mark.parametrize("status", PartnerStatus)
def test_every_state_can_be_named(status: PartnerStatus) -> None:
    assert PartnerNotActive("ptn_de_1", status).metadata["state"] == status.name
