"""Every personal field of every answer is masked for callers without the permission, and a mask in a personal field of
a request is refused: for every RPC of every proto."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from protovalidate import Validator

from libs.call import Call, Caller
from libs.country import Cell, Directory
from libs.errors import InvalidInput
from libs.pb.prm.common.v1.person_pb2 import PostalAddress
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.options.v1 import options_pb2
from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.decode import Decoder
from libs.rpc.disclosure import shown_by
from libs.rpc.masking import Masking
from tests.contracts.proto.image import built

ENGINE = Validator()
HERE = Directory(Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR"))
VALUE = "Quintessa@jablonska.example"
VISIBLE = {"country"}
ORGANISATION, TEXT = "user.contact.organization", "user.content.private"
COMMON = {"", "system.operations", "user.content", "user.unique_id.pseudonymous"}
METHODS = [
    method
    for file in built().files
    if file.service
    for service in import_module(
        f"libs.pb.{file.name.removesuffix('.proto').replace('/', '.')}_pb2"
    ).DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
Path = tuple[str, ...]


def category(field: FieldDescriptor) -> str:
    return str(field.GetOptions().Extensions[options_pb2.category])


def flag(descriptor: Descriptor) -> str:
    return next((one.name for one in descriptor.fields if one.GetOptions().Extensions[options_pb2.makes_personal]), "")


def paths(descriptor: Descriptor, above: tuple[str, ...] = ()) -> Iterator[tuple[Path, FieldDescriptor]]:
    """Every string below a message, by the names of the fields on the way. A message within itself is left out."""
    if descriptor.full_name in above or descriptor.GetOptions().map_entry:
        return
    for field in descriptor.fields:
        if field.type == FieldDescriptor.TYPE_STRING:
            yield (field.name,), field
        elif field.message_type is not None:
            for path, found in paths(field.message_type, (*above, descriptor.full_name)):
                yield (field.name, *path), found


def personal(descriptor: Descriptor) -> list[tuple[Path, FieldDescriptor]]:
    """The personal ones among them, also facts of an organisation that may be a person."""
    return [
        (path, field)
        for path, field in paths(descriptor)
        if category(field) not in COMMON | {ORGANISATION}
        or (category(field) == ORGANISATION and flag(field.containing_type or descriptor))
    ]


def filled(message: Message, path: Path, value: str) -> None:
    """Put the value there, in the first row of every list, and set the flags on the way."""
    at: Any = message
    for name in path[:-1]:
        field = at.DESCRIPTOR.fields_by_name[name]
        at = (
            (getattr(at, name).add() if not getattr(at, name) else getattr(at, name)[0])
            if field.is_repeated
            else (getattr(at, name))
        )
    last = at.DESCRIPTOR.fields_by_name[path[-1]]
    if last.is_repeated:
        getattr(at, path[-1]).append(value)
    else:
        setattr(at, path[-1], value)
    if named := flag(at.DESCRIPTOR):
        setattr(at, named, True)


def violations(method: MethodDescriptor, path: Path, value: str) -> set[tuple[str, str]]:
    """The fields that are refused as masks, list positions left out."""
    request = GetMessageClass(method.input_type)()
    filled(request, path, value)
    decoder = Decoder(method.input_type, ENGINE, HERE)
    try:
        decoder.check(request, request.SerializeToString())
    except InvalidInput as err:
        return {(one.field.replace("[0]", ""), one.reason) for one in err.violations if one.reason == "MASKED_VALUE"}
    return set()


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.full_name)
def test_an_answer_is_masked_and_a_mask_is_refused(method: MethodDescriptor) -> None:
    masking = Masking(method)
    nobody, somebody = Caller(subject="a"), Caller(subject="b", permissions=frozenset({masking.permission}))
    masked = [Call(caller=nobody, method="", purpose="support"), Call(caller=somebody, method="")]
    shown = Call(caller=somebody, method="", purpose="support")
    found = personal(method.output_type)
    hides = shown_by(method.output_type) is not None
    assert [masking.hides_from(one) for one in (*masked, shown)] == [hides, hides, False]
    answer = GetMessageClass(method.output_type)()
    for path, _ in found:
        filled(answer, path, VALUE)
    text = str(masking.masked(answer)).lower()
    assert text.count("quintessa") == text.count("jablonska") == sum(path[-1] in VISIBLE for path, _ in found)
    for path, field in personal(method.input_type):
        if "rows" in path:
            continue  # each is checked by itself, as a request of its own
        for mask in ("***",) if category(field) == TEXT else ("***", "Q***", "Q***@j***"):
            assert violations(method, path, mask) == {(".".join(path), "MASKED_VALUE")}, (path, mask)


def test_the_requests_and_answers_with_persons_are_among_them() -> None:
    asked = {one.full_name for one in METHODS if personal(one.input_type)}
    shown = {one.full_name for one in METHODS if personal(one.output_type)}
    assert "prm.partners.v1.PartnerService.AddContact" in asked & shown
    assert len(asked) > 30
    assert len(shown) > 60


def test_a_text_with_a_mask_and_more_and_a_company_in_clear_are_as_they_were() -> None:
    [create] = [one for one in METHODS if one.name == "CreateRegistration"]
    assert violations(create, ("description", "text"), "*** urgent ***") == set()
    customer = deals_pb.Customer(legal_name="Q*** Ltd", country="DE")
    with pytest.raises(InvalidInput) as refused:
        Decoder(create.input_type, ENGINE, HERE).check(deals_pb.CreateRegistrationRequest(customer=customer))
    assert "customer.legal_name" in {one.field for one in refused.value.violations if one.reason == "MASKED_VALUE"}
    [get] = [one for one in METHODS if one.name == "GetPartner"]
    company = _partner(legal_name="Acme Ltd", country="DE")
    assert Masking(get).masked(company) == company
    trader = _partner(
        legal_name="Acme", sole_trader=True, country="DE", address=PostalAddress(country="DE", city="Bonn")
    )
    address = PostalAddress(country="DE", city="***")
    assert Masking(get).masked(trader) == _partner(legal_name="A***", sole_trader=True, country="DE", address=address)


def _partner(**fields: Any) -> partners_pb.GetPartnerResponse:
    return partners_pb.GetPartnerResponse(partner=partners_pb.Partner(**fields))
