"""The kinds of forecasts, with their indexes."""

from libs.store.port import Index, Kind
from services.deals.forecast.domain.accuracy import ForecastEntry, ForecastSnapshot
from services.deals.forecast.domain.learning import ChanceTable
from services.deals.forecast.domain.tallies import ForecastTally

TABLES = Kind("chance_table", ChanceTable)
SNAPSHOTS = Kind("forecast_snapshot", ForecastSnapshot, (Index(("tallied_months",)),))
ENTRIES = Kind(
    "forecast_entry",
    ForecastEntry,
    (Index(("snapshot_id",)), Index(("partner_id", "snapshot_id"))),
    owner="partner_id",
)

TALLIES = Kind("forecast_tally", ForecastTally, (Index(("snapshot_id",)),), owner="partner_id")

KINDS = (TABLES, SNAPSHOTS, ENTRIES, TALLIES)
