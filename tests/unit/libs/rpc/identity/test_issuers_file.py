"""The file that says whose tokens count: right, it is taken whole; wrong, every fault of it is named."""

from pathlib import Path

import pytest

from libs.config import ConfigError
from libs.rpc.identity.issuer import ALGORITHMS, Issuer, may_be_fetched, read_issuers

GOOD = """
[[issuers]]
name = "staff"
issuer = "https://sso.example.com/realms/prm"
audience = "prm"

[[issuers]]
name = "partners"
issuer = "https://login.partners.example.com"
audience = "https://prm.example.com"
jwks_url = "https://keys.partners.example.com/jwks.json"
algorithms = ["ES256"]
roles_claim = "https://prm.example.com/roles"
partner_claim = "org.partner"
"""


def read(tmp_path: Path, text: str) -> tuple[Issuer, ...]:
    path = tmp_path / "issuers.toml"
    path.write_text(text)
    return read_issuers(path)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    first, *found = str(caught.value).splitlines()
    assert first.startswith("PRM_ISSUERS_FILE: ")
    return [one.strip() for one in found]


def test_several_issuers_are_trusted_each_by_its_own_rules(tmp_path: Path) -> None:
    staff = Issuer(name="staff", issuer="https://sso.example.com/realms/prm", audience="prm")
    partners = Issuer(
        name="partners",
        issuer="https://login.partners.example.com",
        audience="https://prm.example.com",
        jwks_url="https://keys.partners.example.com/jwks.json",
        algorithms=("ES256",),
        roles_claim="https://prm.example.com/roles",
        partner_claim="org.partner",
    )
    assert read(tmp_path, GOOD) == (staff, partners)
    assert staff.algorithms == ALGORITHMS == ("EdDSA", "ES256", "RS256")


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    text = """
extra = 1
[[issuers]]
name = "Staff!"
issuer = "http://sso.example.com"
jwks_url = "ftp://keys"
algorithms = ["HS256"]
colour = "blue"
[[issuers]]
name = "b"
issuer = 7
audience = ""
algorithms = []
"""
    found = faults(tmp_path, text)
    assert [fault.split(":")[:2] for fault in found] == [
        ["extra", " there is no such key"],
        ["issuer 1", " colour"],
        ["issuer 1", " name"],
        ["issuer 1", " issuer"],
        ["issuer 1", " audience"],
        ["issuer 1", " jwks_url"],
        ["issuer 1", " algorithms"],
        ["issuer 2", " issuer"],
        ["issuer 2", " audience"],
        ["issuer 2", " algorithms"],
    ]


@pytest.mark.parametrize("text", ["", "issuers = []", "issuers = 7", "issuers = [1]", '[issuers]\nname = "x"'])
def test_a_file_without_an_issuer_lets_nobody_in_and_is_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text) == ["there is no table [[issuers]]: without one nobody can call this cell"]


def test_one_name_for_two_issuers_would_mix_up_their_people(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD.replace('"partners"', '"staff"')) == ["name: staff stands there twice"]


@pytest.mark.parametrize("text", ["[[issuers", "\xff"])
def test_what_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "issuers.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"PRM_ISSUERS_FILE: .*issuers\.toml: "):
        read_issuers(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"PRM_ISSUERS_FILE: .*nowhere\.toml"):
        read_issuers(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://sso.example.com/keys", True),
        ("http://127.0.0.1:8080/keys", True),
        ("http://localhost:8080/keys", True),
        ("http://[::1]:8080/keys", True),
        ("http://sso.example.com/keys", False),
        ("http://localhost.example.com/keys", False),
        ("http://127.0.0.1@sso.example.com/keys", False),
        ("file:///etc/keys.json", False),
        ("https://", False),
        ("sso.example.com", False),
    ],
)
def test_keys_come_only_from_where_nobody_can_change_them_on_the_way(url: str, may: bool) -> None:
    assert may_be_fetched(url) is may
