"""The bounds in the protos are enforced as written: every violation at once, import rows each by itself."""

from importlib import import_module
from typing import Any

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from protovalidate import CompilationError, Validator

from libs.country import Cell, Directory
from libs.errors import InvalidInput
from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.rpc.decode import Decoder
from tests.contracts.proto.image import built

ENGINE = Validator()
_NAMES = {"legal_name", "trade_name"}
PARTNER = "ptn_local_01jz8c4d5e6f7g8h9jkmnpqrst"


def test_every_rule_can_be_understood_by_the_engine() -> None:
    """A service compiles the rules of a request when the first one arrives: here every rule is compiled."""
    for file in built().files:
        module = import_module(f"libs.pb.{file.name.removesuffix('.proto').replace('/', '.')}_pb2")
        for message in module.DESCRIPTOR.message_types_by_name.values():
            ENGINE.collect_violations(GetMessageClass(message)())


def test_a_rule_that_makes_no_sense_is_found() -> None:
    file = descriptor_pb2.FileDescriptorProto(name="wrong.proto", package="wrong", syntax="proto3")
    field = file.message_type.add(name="Wrong").field.add(name="text", number=1, type="TYPE_STRING")
    field.options.Extensions[validate_pb2.field].cel.add(id="wrong", expression="this +")
    message = DescriptorPool()
    message.Add(file)
    with pytest.raises(CompilationError):
        ENGINE.collect_violations(GetMessageClass(message.FindMessageTypeByName("wrong.Wrong"))())


@pytest.mark.parametrize(
    "name", ["ООО «Ромашка»", "株式会社", "شركة\u200cالنور", "O'Neill & Søn, S.A. – №1", "नमस्ते 🚲"]
)
def test_names_in_any_script_are_taken(name: str) -> None:
    assert _violations(partners_pb.ApplyPartnerRequest(legal_name=name, trade_name=name)) & _NAMES == set()


@pytest.mark.parametrize("control", ["\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9f"])
@pytest.mark.parametrize("name", ["Acme{} GmbH", "{}Acme", "Acme{}"])
def test_names_with_control_characters_are_refused(name: str, control: str) -> None:
    wrong = name.format(control)
    request = partners_pb.ApplyPartnerRequest(legal_name=wrong, trade_name=wrong)
    assert _violations(request) & _NAMES == _NAMES
    person = person_pb2.Person(name=wrong, email=f"{wrong}@example.org", phone=wrong, job_title=wrong)
    person.address.MergeFrom(person_pb2.PostalAddress(city=wrong, postal_code=wrong[:9], lines=["Am Markt 1", wrong]))
    named = {"name", "email", "phone", "job_title", "address.city", "address.postal_code", "address.lines[1]"}
    assert _violations(person) >= named - ({"address.postal_code"} if control not in wrong[:9] else set())


def test_all_violations_are_named_at_once() -> None:
    request = deals_pb.CreateRegistrationRequest(
        request_id="anna@example.org",
        partner_id="reg_local_01jz8c4d5e6f7g8h9jkmnpqrst",
        customer=deals_pb.Customer(legal_name="", country="Germany"),
        lines=[deals_pb.RegistrationLine(sku="A-1", quantity=1), deals_pb.RegistrationLine(sku=" ")],
    )
    request.lines[0].expected_amount.units = -1
    assert _violations(request) == {
        "request_id",
        "partner_id",
        "customer.legal_name",
        "customer.country",
        "lines[0].expected_amount",
        "lines[0].expected_amount.currency_code",
        "lines[1].sku",
        "lines[1].quantity",
    }


def test_a_bad_import_row_is_not_seen_in_the_batch_but_by_itself() -> None:
    row = deals_pb.ImportRegistrationRow(external_source="crm", external_id="no spaces allowed")
    assert _violations(deals_pb.ImportRegistrationsRequest(rows=[row])) == set()
    assert _violations(row) == {"external_id", "customer", "lines", "review", "stage"}


def test_an_import_batch_has_one_to_a_hundred_rows() -> None:
    row = deals_pb.ImportRegistrationRow()
    assert _violations(deals_pb.ImportRegistrationsRequest(rows=[])) == {"rows"}
    assert _violations(deals_pb.ImportRegistrationsRequest(rows=[row] * 100)) == set()
    assert _violations(deals_pb.ImportRegistrationsRequest(rows=[row] * 101)) == {"rows"}


@pytest.mark.parametrize(
    ("units", "nanos", "allowed"), [(0, 100_000, True), (1, 0, True), (0, 0, False), (0, -100_000, False)]
)
def test_a_payment_is_more_than_nothing(units: int, nanos: int, allowed: bool) -> None:
    request = orders_pb.RecordPaymentRequest(invoice_id=PARTNER.replace("ptn", "inv"))
    request.value_date.year, request.value_date.month, request.value_date.day = 2026, 3, 2
    request.amount.currency_code, request.amount.units, request.amount.nanos = "EUR", units, nanos
    assert _violations(request) == (set() if allowed else {"amount"})


def test_a_mask_names_only_what_can_be_set() -> None:
    request = deals_pb.UpdateRegistrationRequest(id=PARTNER.replace("ptn", "reg"))
    request.update_mask.paths.extend(["lines", "review"])
    assert _violations(request) == {"update_mask"}


def test_a_product_name_may_be_in_any_script_but_not_hold_control_characters() -> None:
    line = deals_pb.RegistrationLine(sku="型号 M-12 / Größe ü", quantity=1)
    assert _violations(line) == set()
    line.sku = "M\n12"
    assert _violations(line) == {"sku"}


def test_a_list_is_asked_for_by_exactly_one_name() -> None:
    ask = orders_pb.GetPriceListRequest
    price_list = PARTNER.replace("ptn", "prl")
    assert _violations(ask(id=price_list)) == set()
    assert _violations(ask(code="dealer-eur")) == set()
    assert _violations(ask()) == {""}
    assert _violations(ask(id=price_list, code="dealer-eur")) == {""}


def test_an_instant_is_of_a_time_that_people_do_business_in() -> None:
    request = tickets_pb.ListTicketsRequest(due_before=Timestamp(seconds=-1))
    assert _violations(request) == {"due_before"}


def _violations(message: Any) -> set[str]:
    try:
        _decoder(message.DESCRIPTOR).check(message)
    except InvalidInput as err:
        return {one.field for one in err.violations}
    return set()


def _decoder(descriptor: Descriptor) -> Decoder:
    here = Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR")
    return Decoder(descriptor, ENGINE, Directory(here))
