"""What the mask of an update names reaches the domain as a typed field, and everything else is left alone."""

from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import UNSET

from libs.document import Changes
from libs.errors import InvalidInput
from libs.pb.prm.common.v1.person_pb2 import Person
from libs.pb.prm.deals import v1 as deals
from libs.pb.prm.orders import v1 as orders
from libs.pb.prm.partners import v1 as partners
from services.deals.claims import wire as claims
from services.orders.ordering import wire as ordering
from services.partners.application import wire as application
from services.partners.contacts import wire as contacts
from tests.builders import a_call

NO_CONTENT = {"request_id", "id", "etag", "update_mask", "refuse_erased"}
UPDATES: tuple[tuple[Any, Any], ...] = (
    (claims.update, deals.UpdateRegistrationRequest),
    (ordering.update, orders.UpdateOrderRequest),
    (application.update, partners.UpdatePartnerRequest),
    (contacts.update, partners.UpdateContactRequest),
)


def _changes(update: Any, request: Any, *paths: str) -> Changes:
    changes: Changes = update(request(update_mask=FieldMask(paths=paths)), a_call()).changes
    return changes


@pytest.mark.parametrize(("update", "request_type"), UPDATES)
def test_each_field_of_an_update_may_be_set_alone(update: Any, request_type: Any) -> None:
    fields = [field.name for field in request_type.DESCRIPTOR.fields if field.name not in NO_CONTENT]
    assert fields
    for field in fields:
        changes = _changes(update, request_type, field)
        assert set(changes.given()) == {field}
        assert all(getattr(changes, other) is UNSET for other in fields if other != field)


@pytest.mark.parametrize(("update", "request_type"), UPDATES)
def test_an_update_sets_only_what_its_request_has(update: Any, request_type: Any) -> None:
    allowed = {field.name for field in request_type.DESCRIPTOR.fields} - NO_CONTENT
    assert set(_changes(update, request_type).__struct_fields__) == allowed
    assert _changes(update, request_type).given() == {}


@pytest.mark.parametrize(("update", "request_type"), UPDATES)
def test_every_path_that_cannot_be_updated_is_named(update: Any, request_type: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        _changes(update, request_type, "etag", "version", "nothing")
    assert [(one.field, one.description) for one in refused.value.violations] == [
        ("update_mask", f"{path} cannot be updated") for path in ("etag", "version", "nothing")
    ]


def test_a_field_that_is_named_and_absent_is_emptied() -> None:
    removed = _changes(claims.update, deals.UpdateRegistrationRequest, "customer", "lines", "description")
    assert removed.given() == {"customer": None, "lines": (), "description": None}
    emptied = _changes(application.update, partners.UpdatePartnerRequest, "kind", "trade_name", "sole_trader")
    assert emptied.given() == {"kind": None, "trade_name": "", "sole_trader": False}


@pytest.mark.parametrize(("update", "request_type"), UPDATES)
def test_a_star_names_every_field_and_stands_alone(update: Any, request_type: Any) -> None:
    fields = {field.name for field in request_type.DESCRIPTOR.fields} - NO_CONTENT
    emptied = _changes(update, request_type, "*").given()
    assert emptied == _changes(update, request_type, *sorted(fields)).given()
    assert set(emptied) == fields
    with pytest.raises(InvalidInput) as refused:
        _changes(update, request_type, "*", sorted(fields)[0])
    assert [one.description for one in refused.value.violations] == ["* goes with no other path"]


def test_without_a_mask_the_fields_that_have_a_value_are_set() -> None:
    request = partners.UpdatePartnerRequest(id="x", etag="1", trade_name="ZU", sole_trader=False, domain="")
    assert application.update(request, a_call()).changes.given() == {"trade_name": "ZU"}
    contact = partners.UpdateContactRequest(person=Person(name="Ada"), primary=True)
    assert set(contacts.update(contact, a_call()).changes.given()) == {"person", "primary"}
    assert claims.update(deals.UpdateRegistrationRequest(id="x"), a_call()).changes.given() == {}
