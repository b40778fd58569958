"""What a service hands over opens for it and for compliance, what compliance asks for every service, and what was
encrypted before each service had a key of its own for everybody still."""

from pathlib import Path

import pytest

from libs.privacy.keys import Keys, create_keys, give_keys, open_keys
from libs.privacy.keysets import KeysDamaged
from libs.privacy.objects import OBJECTS, OPENING, ForgedObject

SERVICES = ("compliance", "deals", "orders")
NAME = "case/1/deals"


def _given(folder: Path) -> dict[str, Keys]:
    """What a process of each service has, and no more."""
    give_keys(folder, SERVICES, folder / "given")
    return {one: open_keys(folder / "given" / one).of(one) for one in SERVICES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_keys(tmp_path, SERVICES)
    return tmp_path


def test_what_a_service_hands_over_opens_for_it_and_for_compliance_alone(folder: Path) -> None:
    given = _given(folder)
    sealed = given["deals"].seal(b"data", NAME)
    assert given["deals"].unseal(sealed, NAME) == b"data"
    assert given["compliance"].unseal(sealed, NAME, by="deals") == b"data"
    for other in (given["orders"], open_keys(folder)):
        with pytest.raises(ForgedObject):
            other.unseal(sealed, NAME, by="deals")
    with pytest.raises(ForgedObject):
        given["compliance"].unseal(sealed, NAME, by="orders")


def test_a_question_opens_for_every_service(folder: Path) -> None:
    given = _given(folder)
    asked = given["compliance"].seal_for_all(b"hashes", "search/1")
    assert {one.unseal(asked, "search/1", by="compliance") for one in given.values()} == {b"hashes"}
    kept = given["compliance"].seal(b"its own", "kept")
    with pytest.raises(ForgedObject):
        given["deals"].unseal(kept, "kept", by="compliance")


def _of_an_earlier_release(folder: Path) -> None:
    (folder / "compliance" / OPENING).unlink()
    for service in SERVICES:
        (folder / service / OBJECTS).unlink()


def test_what_an_earlier_release_encrypted_still_opens_and_a_running_process_takes_new_keys(folder: Path) -> None:
    _of_an_earlier_release(folder)
    before = {one: open_keys(folder).of(one) for one in SERVICES}
    old = before["deals"].seal(b"old", NAME)
    assert before["compliance"].unseal(old, NAME, by="deals") == b"old"
    create_keys(folder, SERVICES)
    after = {one: open_keys(folder).of(one) for one in SERVICES}
    assert {one.unseal(old, NAME, by="deals") for one in after.values()} == {b"old"}
    new = after["deals"].seal(b"new", NAME)
    assert before["compliance"].unseal(new, NAME, by="deals") == b"new"
    assert before["deals"].unseal(new, NAME) == b"new"
    with pytest.raises(ForgedObject):
        before["orders"].unseal(new, NAME, by="deals")


@pytest.mark.parametrize("one_by_one", [SERVICES, SERVICES[::-1]])
def test_compliance_opens_for_services_whose_keys_were_made_before_and_after_its_own(
    tmp_path: Path, one_by_one: tuple[str, ...]
) -> None:
    for service in one_by_one:
        create_keys(tmp_path, [service])
    sealed = open_keys(tmp_path).of("orders").seal(b"data", NAME)
    assert open_keys(tmp_path).of("compliance").unseal(sealed, NAME, by="orders") == b"data"


@pytest.mark.parametrize("held", ["", "{", "[]", '{"deals": {}}', '{"deals": 1}'])
def test_a_damaged_list_of_keys_is_named(folder: Path, held: str) -> None:
    path = folder / "compliance" / OPENING
    path.write_text(held)
    with pytest.raises(KeysDamaged, match=OPENING):
        open_keys(folder).of("compliance")
