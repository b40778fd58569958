"""Every reason that a caller may be given is in one enum, with its codes, and in the table of the README."""

from libs.errors import NotFound
from libs.rpc.status import refusal_status
from tests.contracts.proto.reasons import raised, said, stated, table


def test_the_enum_has_every_reason_with_its_codes_and_no_other() -> None:
    assert {reason: set(one.code.split(", ")) for reason, one in said().items()} == raised()


def test_every_reason_says_when() -> None:
    assert [reason for reason, one in said().items() if len(one.when) < 10] == []


def test_the_readme_has_the_table_of_the_enum() -> None:
    assert stated() == table(said()), "run `make reasons`"


def test_a_refusal_names_the_enum_as_its_domain() -> None:
    assert b"prm.common.v1.ErrorReason" in refusal_status(NotFound("partner", "ptn_local_1")).SerializeToString()
