"""Goods and what they earn: where pieces were seen, cases of diversion, returns on investment."""

from services.console.pages import Document, List, Pages
from services.console.wording import N_

_CASE = ("id", "holder_id", "seen_at_partner_id", "sold_in", "seen_in", "state", "quantity", "values", "update_time")

PAGES = Pages(
    lists=(
        List(
            name="diversion-open",
            title=N_("Pieces seen outside"),
            method="orders.ListDiversionCases",
            columns=_CASE,
            fixed={"state": "DIVERSION_CASE_STATE_OPEN"},
        ),
        List(
            name="diversion",
            title=N_("Cases of diversion"),
            method="orders.ListDiversionCases",
            columns=_CASE,
            filters=("state", "holder_id"),
            orders=("id", "update_time"),
        ),
        List(
            name="sightings",
            title=N_("Sightings"),
            method="orders.ListSightings",
            columns=(
                *("sku", "serial", "country", "seen_on", "source", "seen_at_partner_id", "outcome"),
                *("holder_id", "sold_in", "diversion_case_id", "partner_id"),
            ),
            filters=("partner_id", "seen_on_from", "seen_on_before"),
            orders=("id", "seen_on"),
            acts=("orders.ReportSighting", "orders.RecordCustody"),
        ),
        List(
            name="diversion-pattern",
            title=N_("Share of a partner's pieces seen outside"),
            method="orders.GetDiversionPattern",
            columns=("month", "seen_count", "outside_count", "lawful_count", "outside_basis_points"),
            filters=("holder_id", "first_day", "last_day"),
        ),
        List(
            name="returns-on-investment",
            title=N_("Returns on investment"),
            method="orders.ListRoiStatements",
            columns=("id", "terms.code", "cost", "benefit", "net", "roi_basis_points", "update_time"),
            orders=("id", "update_time"),
            acts=("orders.PutRoiStatement",),
        ),
    ),
    documents=(
        Document(
            prefix="dvc",
            title=N_("Case of diversion"),
            method="orders.GetDiversionCase",
            field="diversion_case",
            acts=("orders.DecideDiversionCase",),
        ),
        Document(
            prefix="roi",
            title=N_("Return on investment"),
            method="orders.GetRoiStatement",
            field="roi_statement",
            heading="terms.code",
        ),
    ),
)
