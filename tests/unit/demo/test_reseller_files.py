"""Quotas of salespeople become targets of the resellers in their territories, exactly; rates are means of months."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from services.demo.reseller_files import MonthRate, month_rates_of, targets_of
from services.partners.program.domain.rules import content_violations
from services.partners.program.reads import MEASURES
from services.partners.program.wire import DRAFT
from services.program.reading import read_program
from tests.builders import a_call

_FILES = {
    "aw_resellers.csv": "ResellerKey,SalesTerritoryKey,AnnualSales\n1,4,300000\n3,4,600000\n5,6,800000\n",
    "aw_salespeople.csv": "EmployeeKey,SalesTerritoryKey\n281,4\n282,4\n283,6\n290,11\n",
    "aw_sales_quota.csv": "EmployeeKey,CalendarYear,CalendarQuarter,SalesAmountQuota\n"
    "281,2013,1,100.00\n282,2013,1,100.00\n283,2013,2,50.01\n290,2013,1,999.00\n281,2012,4,888.00\n",
    "aw_orders.csv": "CurrencyCode\nUSD\nEUR\n",
    "aw_currency_rates.csv": "CurrencyCode,Date,AverageRateUSD\n"
    "EUR,2012-01-02,1.1\nEUR,2012-01-03,1.2\nEUR,2012-02-01,1.3\nEUR,2011-12-31,9\nGBP,2012-01-02,1.6\n",
}


def _written(folder: Path) -> Path:
    for name, text in _FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_half_of_a_territorys_quotas_is_dealt_out_by_annual_sales_without_a_rest(tmp_path: Path) -> None:
    first, second = date(2013, 1, 1), date(2013, 4, 1)
    assert targets_of(_written(tmp_path)) == {
        "1": {first: Decimal("33.33")},
        "3": {first: Decimal("66.67")},
        "5": {second: Decimal("25.00")},
    }


def test_a_rate_is_the_mean_of_its_month_for_the_last_day_that_has_one(tmp_path: Path) -> None:
    assert month_rates_of(_written(tmp_path)) == [
        MonthRate("EUR", date(2012, 1, 3), Decimal("1.15")),
        MonthRate("EUR", date(2012, 2, 1), Decimal("1.3")),
    ]


def test_the_programme_of_the_resellers_is_right() -> None:
    content = DRAFT.decode(read_program(Path("services/demo/resellers.toml")), call=a_call()).content
    assert [*content_violations(content, measures=MEASURES, tracks=())] == []
    assert [one.code for one in content.levels] == ["BASIC", "SILVER", "GOLD"]
