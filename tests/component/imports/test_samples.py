"""The samples of leads and campaigns into a running cell: rehearsed, imported, repeated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from google.protobuf.message import Message

from libs.config import Settings
from libs.pb.prm.deals.v1 import ListCampaignsRequest, ListLeadsRequest
from libs.rpc.client import Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.imports.expected import Expected
from services.imports.mapping import read
from services.imports.mappings import path_of, samples
from services.imports.notes import Fate
from services.imports.run import Run
from tests.unit.imports.samples import Heard, said


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    settings = Settings(data_dir=tmp_path / "cell", listen="127.0.0.1:0", log_level="error")
    async with running(builders("partners", "deals"), settings) as cell, cell.client() as found:
        yield found


async def test_campaigns_are_imported_once_and_impossible_days_are_named(client: Client) -> None:
    heard = Heard()
    first = await Run(read(path_of("campaigns")), samples(), heard).send(client)
    assert first.messages == {Fate.CREATED: 3, Fate.REFUSED: 3}
    assert ("REFUSED", 5, "last_day", "BEFORE_START") in said(heard)
    again = await Run(read(path_of("campaigns")), samples(), Heard()).send(client)
    assert again.messages == {Fate.UNCHANGED: 3, Fate.REFUSED: 3}
    page = await client.call("prm.deals.v1.CampaignService/ListCampaigns", ListCampaignsRequest())
    assert sorted(one.external_id for one in page.campaigns) == ["c-1", "c-2", "c-3"]


async def test_leads_are_imported_once_and_a_consent_without_its_place_is_named(client: Client) -> None:
    heard = Heard()
    first = await Run(read(path_of("leads")), samples(), heard).send(client)
    assert first.messages == {Fate.CREATED: 3, Fate.REFUSED: 3}
    assert ("REFUSED", 5, "consent_reference", "REQUIRED") in said(heard)
    again = await Run(read(path_of("leads")), samples(), Heard()).send(client)
    assert again.messages == {Fate.UNCHANGED: 3, Fate.REFUSED: 3}
    page = await client.call("prm.deals.v1.LeadService/ListLeads", ListLeadsRequest())
    assert sorted(one.external_id for one in page.leads) == ["l-1", "l-2", "l-3"]


@pytest.mark.parametrize("name", ["campaigns", "leads"])
async def test_a_rehearsal_says_what_would_come_and_writes_nothing(client: Client, name: str) -> None:
    shown: list[Message] = []
    totals = await Run(read(path_of(name)), samples(), Heard()).validate(client, shown.append, expected=Expected())
    assert totals.messages == {Fate.CREATED: 3, Fate.REFUSED: 3}
    leads = await client.call("prm.deals.v1.LeadService/ListLeads", ListLeadsRequest())
    campaigns = await client.call("prm.deals.v1.CampaignService/ListCampaigns", ListCampaignsRequest())
    assert [*leads.leads, *campaigns.campaigns] == []
