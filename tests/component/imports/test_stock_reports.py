"""Reports of stock into a running cell: imported, repeated, corrected; what cannot be read is named."""

from pathlib import Path

from libs.config import Settings
from libs.pb.prm.orders import v1 as pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.client import Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.imports.mapping import read
from services.imports.mappings import path_of, samples
from services.imports.notes import Fate
from services.imports.report import Totals
from services.imports.run import Run
from tests.unit.imports.samples import Heard, said, write

_APPLY = "prm.partners.v1.PartnerService/ApplyPartner"
_EXPLAIN = "prm.orders.v1.StockService/ExplainStock"
_SAMPLED = "ptn_eu1_01jd2m4q5r6s7t8v9w0x1y2z3a"


async def test_reports_are_imported_repeated_and_corrected(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "cell", listen="127.0.0.1:0", log_level="error")
    text = (samples() / "stock_reports.csv").read_text(encoding="utf-8")
    async with running(builders("partners", "orders"), settings) as cell, cell.client() as client:
        request = partners_pb.ApplyPartnerRequest(
            kind=partners_pb.PARTNER_KIND_RESELLER, legal_name="Pumpwerk", country="DE"
        )
        partner = (await client.call(_APPLY, request)).partner.id
        heard = Heard()
        first = await _imported(client, tmp_path, text.replace(_SAMPLED, partner), heard)
        assert first.messages == {Fate.ACCEPTED: 4, Fate.REFUSED: 2}
        assert {(line, field) for fate, line, field, _ in said(heard) if fate == "REFUSED"} == {
            (6, "kind"),
            (7, "date"),
        }
        before = await _pumps(client, partner)
        assert (before.stock.on_hand, len(before.movements)) == (57, 3)
        await _imported(client, tmp_path, text.replace(_SAMPLED, partner), Heard())
        assert (await _pumps(client, partner)) == before
        corrected = text.replace(_SAMPLED, partner).replace("sold,2,P40-0017,P40-0018", "sold,1,P40-0017,")
        await _imported(client, tmp_path, corrected, Heard())
        after = await _pumps(client, partner)
        assert (after.stock.on_hand, {one.revision for one in after.movements}) == (58, {1, 2})


async def _imported(client: Client, folder: Path, text: str, heard: Heard) -> Totals:
    return await Run(read(path_of("stock_reports")), write(folder, stock_reports=text), heard).send(client)


async def _pumps(client: Client, partner: str) -> pb.ExplainStockResponse:
    request = pb.ExplainStockRequest(partner_id=partner, sku="PUMP-40")
    found: pb.ExplainStockResponse = await client.call(_EXPLAIN, request)
    return found
