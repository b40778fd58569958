"""A file as a real system wrote it loads by a mapping alone."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from services.imports.mapping import parse
from tests.unit.imports.samples import checked, said

_FILE = (
    "单号;客户;国家;商品;数量;单价;折扣;运费\r\n"
    "A1;p\x071;cn;自行车;2;1.200,50;0,15;10,00\r\n"
    "A1;p1;cn;头盔;1;99,90;;10,00\r\n"
    "A2;p2;cn;车灯;3;10,00;0,1;0\r\n"
)
_NUMBER = {"decimal_point": ",", "thousands": "."}


def _money(found: dict[str, object]) -> dict[str, object]:
    return {**found, "currency": {"constant": "cny"}}


def _loaded() -> dict[str, object]:
    parts = [{"column": one, **_NUMBER} for one in ("数量", "单价", "折扣")]
    line = {
        "kind": {"constant": "PRODUCT"},
        "sku": "商品",
        "quantity": "数量",
        "unit_price": _money({"column": "单价", **_NUMBER}),
        "discount": _money({"product": parts, "decimals": "2"}),
        "freight": _money({"share": {"column": "运费", "of": "header", **_NUMBER}, "by": {"product": parts[:2]}}),
    }
    fields = {
        "external_source": {"constant": "erp"},
        "external_id": "单号",
        "document": {"constant": "ORDER"},
        "partner_external_source": {"constant": "erp"},
        "partner_external_id": "客户",
        "currency": {"constant": "CNY"},
        "order_date": {"constant": "2026-01-05"},
        "ship_to_country": "国家",
        "lines": {"each": "rows", "fields": line},
    }
    frame = {"encoding": "gbk", "delimiter": ";", "controls": "remove", "key": "单号", "source": "订单.csv"}
    return {"describe": "a test", "rpc": "prm.orders.v1.OrderService/ImportOrders", **frame, "fields": fields}


def _amount(found: Any) -> Decimal:
    return Decimal(found.units) + Decimal(found.nanos).scaleb(-9)


def test_control_characters_semicolons_gbk_and_fractions_as_discounts_load_by_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "订单.csv").write_bytes(_FILE.encode("gbk"))
    messages, heard, totals = checked(parse("orders", _loaded()), tmp_path)
    lines = [
        (line.sku, line.quantity, _amount(line.unit_price), _amount(line.discount), _amount(line.freight))
        for message in messages
        for line in message.lines  # type: ignore[attr-defined]  # an order
    ]
    assert lines == [
        ("自行车", 2, Decimal("1200.5"), Decimal("360.15"), Decimal("9.60")),
        ("头盔", 1, Decimal("99.9"), Decimal(0), Decimal("0.40")),
        ("车灯", 3, Decimal(10), Decimal(3), Decimal(0)),
    ]
    assert [message.partner_external_id for message in messages] == ["p1", "p2"]  # type: ignore[attr-defined]  # an order
    assert said(heard) == [("NOTICED", 2, "客户", "CONTROL_REMOVED")]
    assert totals.sums.found["lines.freight", "CNY"] == Decimal(10)
    assert totals.account.startswith("3 rows read = 3 in messages + 0 refused")
