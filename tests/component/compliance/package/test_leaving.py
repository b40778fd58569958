"""A package for a recipient in another country needs a registered transfer, and counts its person once."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.country import Directory
from libs.errors import InvalidInput
from libs.transfers.exits import TransferRefused
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.law.domain.thresholds import THRESHOLDS
from services.compliance.package.usecases.export import ExportRequest, export_request
from services.compliance.package.usecases.leaving import PURPOSE, require_permitted
from services.compliance.transfers.reads import count_of
from tests.builders import a_call
from tests.component.compliance.harness import Harness
from tests.component.compliance.transfers.acts import publish
from tests.component.replica import HERE

ME = "ngozi@example.org"
TERMS: dict[str, Any] = {"purpose": PURPOSE, "categories": ("user",)}


@pytest.fixture
def harness(harness: Harness) -> Harness:
    """Compliance in a cell that serves Nigeria only."""
    harness.env.directory = Directory(replace(HERE, countries=("NG",)))
    return harness


async def leave(harness: Harness, id: str, country: str, transfer_id: str = "") -> list[str]:
    """Ask for a package for a recipient there; the events."""
    harness.told.clear()
    cmd = ExportRequest(call=a_call(), id=id, recipient_country=country, transfer_id=transfer_id)
    await require_permitted(harness.env, cmd)
    return harness.names()


async def persons_of_the_year(harness: Harness) -> int:
    return (await count_of(harness.env, harness.env.today().year)).person_count


async def test_a_package_that_stays_needs_no_transfer(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME), country="NG")
    assert await leave(harness, request.id, "") == []
    assert await leave(harness, request.id, "NG") == []


async def test_its_person_counts_once_however_often_it_leaves(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME), country="NG")
    transfer = await publish(harness, **TERMS)
    for _ in range(2):
        assert await leave(harness, request.id, "SG", transfer.id) == ["TransferRecorded"]
        assert await persons_of_the_year(harness) == 1


@pytest.mark.parametrize(
    ("terms", "country", "refusal"),
    [
        (None, "SG", "UNREGISTERED"),
        ({"categories": ("user.name",)}, "SG", "WRONG_CATEGORY"),
        ({"purpose": "essential.service.operations"}, "SG", "WRONG_PURPOSE"),
        ({}, "US", "WRONG_COUNTRY"),
    ],
)
async def test_what_no_transfer_permits_is_refused_and_recorded(
    harness: Harness, terms: dict[str, Any] | None, country: str, refusal: str
) -> None:
    request = await harness.ask(("EMAIL", ME), country="NG")
    named = "" if terms is None else (await publish(harness, **{**TERMS, **terms})).id
    with pytest.raises(TransferRefused) as refused:
        await leave(harness, request.id, country, named)
    assert refused.value.metadata == {"transfer_id": named, "refusal": refusal}
    assert harness.names() == ["TransferRefused"]
    assert await persons_of_the_year(harness) == 0


async def test_over_the_count_it_is_refused(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME), country="NG")
    limit = replace(THRESHOLDS[0], limit=1, name="ng.persons.1", country="NG")
    harness.env.settings = replace(harness.env.settings, thresholds=(limit,))
    transfer = await publish(harness, mechanism=TransferMechanism.CONSENT, **TERMS)
    with pytest.raises(TransferRefused) as refused:
        await leave(harness, request.id, "SG", transfer.id)
    assert refused.value.metadata["refusal"] == "OVER_THRESHOLD"


async def test_a_country_that_is_none_is_named(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME), country="NG")
    with pytest.raises(InvalidInput) as refused:
        await export_request(harness.env, ExportRequest(call=a_call(), id=request.id, recipient_country="XQ"))
    assert [one.field for one in refused.value.violations] == ["recipient_country"]
