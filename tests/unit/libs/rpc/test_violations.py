"""A caller learns everything that is wrong with a request at once, whatever kind of wrong it is."""

import pytest
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from protovalidate import Validator

from libs.country import Cell, Directory
from libs.errors import InvalidInput
from libs.pb.prm.orders.v1 import LINE_KIND_PRODUCT, CreateOrderRequest, OrderLineDraft
from libs.rpc.decode import Decoder
from tests.builders import an_id

HERE = Directory(Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR"))


def test_broken_rules_and_values_without_a_meaning_are_named_together() -> None:
    request = CreateOrderRequest(
        partner_id=an_id("ptn"),
        currency="eur",
        ship_to_country="DE",
        lines=[
            OrderLineDraft(kind=LINE_KIND_PRODUCT, sku="A", quantity=1),
            OrderLineDraft(kind=LINE_KIND_PRODUCT, sku="A", quantity=0, unit_price=Money(currency_code="???", nanos=1)),
        ],
        requested_delivery_date=Date(year=2026, month=2, day=30),
    )
    decoder = Decoder(CreateOrderRequest.DESCRIPTOR, Validator(), HERE)
    with pytest.raises(InvalidInput) as refused:
        decoder.check(request)
    assert {(one.field, one.reason) for one in refused.value.violations} == {
        ("currency", "STRING_PATTERN"),
        ("lines[1].quantity", "INT32_GTE_LTE"),
        ("lines[1].unit_price.currency_code", "UNKNOWN_CURRENCY"),
        ("lines[1].unit_price.nanos", "BAD_AMOUNT"),
        ("requested_delivery_date", "NOT_A_DATE"),
    }
