"""What counts as personal in an answer, and the ids of the rows that held it."""

from typing import Any

import pytest
from google.protobuf.descriptor_pool import Default

from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.partners.v1 import GetPartnerResponse, Partner
from libs.rpc.disclosure import Shown, shown_by
from tests.unit.libs.rpc.probe import message, service

ANNA = person_pb2.Person(name="Anna")
NOBODY = person_pb2.Person(person_id="psn_1")


def _shown(name: str) -> Shown:
    service()
    found = shown_by(Default().FindMessageTypeByName(f"prm.probe.v1.{name}"))
    assert found is not None
    return found


def _page(**fields: Any) -> Any:
    return message("Page", id="a", title="t", **fields)


@pytest.mark.parametrize(
    ("fields", "personal"),
    [
        ({}, False),
        ({"writer": NOBODY}, False),
        ({"writer": ANNA}, True),
        ({"writer": person_pb2.Person(address=person_pb2.PostalAddress(lines=["Street 1"]))}, True),
        ({"remarks": [person_pb2.PersonalText(person_id="psn_1")]}, False),
        ({"remarks": [person_pb2.PersonalText(), person_pb2.PersonalText(text="x")]}, True),
        ({"nickname": "A"}, True),
        ({"trades_alone": True}, True),
        ({"emails": [""]}, False),
        ({"emails": ["", "a@b.example"]}, True),
    ],
)
def test_personal_is_what_has_such_a_category_and_is_filled_in(fields: dict[str, Any], personal: bool) -> None:
    assert _shown("WriteResponse")(message("WriteResponse", page=_page(**fields))) == (("a",) if personal else None)


def test_rows_without_personal_data_are_not_named_and_ids_are_found_in_what_a_row_wraps() -> None:
    sheets = [
        message("Sheet", page=message("Page", id=id, **fields))
        for id, fields in (
            ("1", {"writer": ANNA}),
            ("2", {}),
            ("3", {"nickname": "A"}),
            ("", {"nickname": "A"}),
        )
    ]
    shown = _shown("ReadResponse")
    assert shown(message("ReadResponse", page=_page(writer=ANNA), sheets=sheets)) == ("a", "1", "3")
    assert shown(message("ReadResponse", sheets=sheets[1:2], next_page_token="x")) is None
    assert shown(message("ReadResponse", sheets=sheets[3:])) == ()


def test_something_personal_without_an_id_is_shown_all_the_same() -> None:
    shown = _shown("LeafResponse")
    assert shown(message("LeafResponse", leaf=b"x")) == ()
    assert shown(message("LeafResponse", page=_page(writer=ANNA))) == ()
    assert shown(message("LeafResponse", page=_page())) is None


def test_a_sole_trader_is_a_person() -> None:
    shown = shown_by(GetPartnerResponse.DESCRIPTOR)
    assert shown is not None
    assert shown(GetPartnerResponse(partner=Partner(id="ptn_1", legal_name="Olga Ilyina"))) is None
    assert shown(GetPartnerResponse(partner=Partner(id="ptn_1", sole_trader=True))) == ("ptn_1",)


def test_facts_of_organisations_and_opaque_ids_are_not_personal() -> None:
    service()
    assert shown_by(Default().FindMessageTypeByName("prm.probe.v1.FactResponse")) is None
