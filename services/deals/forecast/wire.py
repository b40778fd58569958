"""Protobuf to commands, forecasts to protobuf, by field name."""

from datetime import date

from libs.mapping import Mapper, to_wire
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.forecast.domain.accuracy import Accuracy, AccuracyTotal, ForecastSnapshot
from services.deals.forecast.domain.figures import ForecastLine
from services.deals.forecast.usecases import showing
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.wire import DEAL

FORECAST = Mapper(showing.GetForecast, pb.GetForecastRequest)
SNAPSHOTS = Mapper(showing.ListForecastSnapshots, pb.ListForecastSnapshotsRequest)
ACCURACY = Mapper(showing.GetForecastAccuracy, pb.GetForecastAccuracyRequest)
SLIPPED = Mapper(showing.ListSlippedDeals, pb.ListSlippedDealsRequest)
_LINE = Mapper(ForecastLine, pb.ForecastLine)
_SNAPSHOT = Mapper(ForecastSnapshot, pb.ForecastSnapshot)
_ROW = Mapper(Accuracy, pb.ForecastAccuracy)
_TOTAL = Mapper(AccuracyTotal, pb.AccuracyTotal)


def forecast(found: showing.Forecast) -> pb.GetForecastResponse:
    """A page of the forecast to protobuf."""
    return pb.GetForecastResponse(
        lines=[_LINE.encode(one) for one in found.lines],
        next_page_token=found.next_page_token,
        chances_date=to_wire(found.chances_date) if found.chances_date else None,
        amountless_count=found.amountless_count,
    )


def chances(rows: tuple[showing.StageRow, ...], day: date | None) -> pb.GetStageChancesResponse:
    """The chances to protobuf."""
    found = [
        pb.StageChance(
            stage=pb.Stage.Value(f"STAGE_{one.stage.name}"),
            first_day=one.first_day,
            months_ahead=one.months_ahead,
            won_count=one.chance.won_count,
            deal_count=one.chance.deal_count,
            basis_points=one.chance.basis_points,
            basis=pb.ChanceBasis.Value(f"CHANCE_BASIS_{one.chance.basis.name}"),
        )
        for one in rows
    ]
    return pb.GetStageChancesResponse(chances=found, chances_date=to_wire(day) if day else None)


def snapshots(page: Page[ForecastSnapshot]) -> pb.ListForecastSnapshotsResponse:
    """A page of snapshots to protobuf."""
    rows = [_SNAPSHOT.encode(loaded.value, month=loaded.value.id) for loaded in page.rows]
    return pb.ListForecastSnapshotsResponse(snapshots=rows, **page_end(page))


def compared(found: showing.Compared) -> pb.GetForecastAccuracyResponse:
    """The comparison to protobuf."""
    return pb.GetForecastAccuracyResponse(
        rows=[_ROW.encode(one) for one in found.rows], totals=[_TOTAL.encode(one) for one in found.totals]
    )


def slipped(page: Page[PipelineDeal]) -> pb.ListSlippedDealsResponse:
    """A page of deals to protobuf."""
    rows = [DEAL.encode(loaded.value) for loaded in page.rows]
    return pb.ListSlippedDealsResponse(deals=rows, **page_end(page))
