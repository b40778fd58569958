"""Stock of partners with its flags, and forecasts of demand with their band and error."""

from services.console.pages import Chart, Document, Graph, List, Pages
from services.console.wording import N_

_LIST_STOCK = "orders.ListStock"
_STOCK = (
    *("partner_id", "sku", "on_hand", "balance", "cover_days", "run_out_date", "order_quantity", "spare_quantity"),
    *("flags", "report_date"),
)
_RUNNING_OUT = {"flag": "STOCK_FLAG_RUNNING_OUT"}

PAGES = Pages(
    lists=(
        List(
            name="stock",
            title=N_("Stock of partners"),
            method=_LIST_STOCK,
            columns=_STOCK,
            filters=("partner_id", "sku", "flag"),
            orders=("update_time",),
            acts=("orders.ReportStock",),
        ),
        List(
            name="stock-running-out",
            title=N_("Stock that runs out"),
            method=_LIST_STOCK,
            columns=_STOCK,
            fixed=_RUNNING_OUT,
        ),
        List(
            name="stock-discrepant",
            title=N_("Stock that cannot be"),
            method=_LIST_STOCK,
            columns=("partner_id", "sku", "balance", "discrepancy_count", "count_date", "report_date"),
            fixed={"flag": "STOCK_FLAG_DISCREPANT"},
        ),
        List(
            name="stock-movements",
            title=N_("Movements of stock"),
            method="orders.ListStockMovements",
            columns=("date", "partner_id", "sku", "kind", "quantity", "serials", "document_id", "revision"),
            filters=("partner_id", "sku", "kind", "date_from", "date_before"),
            orders=("date",),
        ),
        List(
            name="stock-discrepancies",
            title=N_("Why stock cannot be"),
            method="orders.ExplainStock",
            columns=("date", "kind", "quantity", "expected", "serial", "movement_id", "earlier_id"),
            filters=("partner_id", "sku"),
        ),
        List(
            name="stock-proposals",
            title=N_("What to move and to order"),
            method="orders.ProposeStock",
            columns=("partner_id", "from_partner_id", "quantity", "by_date"),
            filters=("sku",),
        ),
        List(
            name="demand-forecasts",
            title=N_("Forecasts of demand"),
            method="orders.ListDemandForecasts",
            columns=("id", "partner_id", "sku", "grain", "accuracy.wape", "accuracy.mase", "caveats", "create_time"),
            filters=("partner_id", "sku"),
            orders=("create_time",),
            acts=("orders.ForecastDemand",),
        ),
    ),
    documents=(
        Document(
            prefix="dfc",
            title=N_("Forecast of demand"),
            method="orders.GetDemandForecast",
            field="forecast",
            heading="sku",
            graphs=(
                Graph(
                    title=N_("Forecast with its band"),
                    part="periods",
                    labels=("start",),
                    value="mean",
                    low="low",
                    high="high",
                ),
            ),
        ),
    ),
    charts=(
        Chart(
            name="stock-cover",
            title=N_("Days of cover of what runs out"),
            method=_LIST_STOCK,
            labels=("sku", "partner_id"),
            whole="stock",
            value="cover_days",
            fixed=_RUNNING_OUT,
        ),
    ),
)
