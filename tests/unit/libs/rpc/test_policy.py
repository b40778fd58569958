"""A policy file gives exactly what it says, or the process is told everything that is wrong with it."""

from pathlib import Path

import pytest

from libs.config import ConfigError, Settings
from libs.rpc.policy import NO_ROLE, OUR_ROLES, PARTNER_ROLES, Limits, Policy, Role, permissions_of, read_policy
from tests.contracts.proto.image import built
from tests.unit.libs.rpc.probe import service

# Two compliance officers decide these, because nobody else may learn who asks about personal data.
AMONG_OFFICERS = {
    "compliance.objection.decide",
    "compliance.legal_hold.place",
    "compliance.legal_hold.release",
    "compliance.subject_request.deny",
}

KNOWN = {
    "deals.registration.read": True,
    "deals.registration.approve": False,
    "deals.conflict.read": True,
    "orders.order.read": True,
}
GOOD = """
own_roles = ["clerk"]

[roles.finance]
permissions = ["orders.*", "*.conflict.read"]
calls_per_second = 50
concurrent_streams = 10

[roles.clerk]
permissions = ["*.read"]
calls_per_second = 5
concurrent_streams = 20

[roles.partner_sales]
partner = true
permissions = ["deals.*.read"]
calls_per_second = 3
concurrent_streams = 1
"""
WRONG = """
own_roles = ["clerk", "porter"]
colour = "red"

[roles.administrater]
permissions = ["*"]
calls_per_second = 50
concurrent_streams = 10

[roles.finance]
permissions = ["orders.order.raed", "deals.registration.[ab]*"]
calls_per_second = 0
limit = 1

[roles.clerk]
permissions = ["order.*"]
calls_per_second = 50
concurrent_streams = 10

[roles.partner_admin]
permissions = ["deals.conflict.read"]
calls_per_second = 50
concurrent_streams = 10

[roles.partner_sales]
partner = true
permissions = ["deals.registration.*"]
calls_per_second = 50
concurrent_streams = 10
"""


def read(folder: Path, text: str) -> Policy:
    path = folder / "policy.toml"
    path.write_text(text)
    return read_policy(path, KNOWN)


def test_a_role_holds_what_its_patterns_match(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD).roles == {
        "finance": Role(
            permissions=("deals.conflict.read", "orders.order.read"), calls_per_second=50, concurrent_streams=10
        ),
        "clerk": Role(
            permissions=("deals.conflict.read", "deals.registration.read", "orders.order.read"),
            calls_per_second=5,
            concurrent_streams=20,
        ),
        "partner_sales": Role(
            permissions=("deals.conflict.read", "deals.registration.read"),
            calls_per_second=3,
            concurrent_streams=1,
            partner=True,
        ),
    }


def test_roles_add_up_and_unknown_ones_give_nothing(tmp_path: Path) -> None:
    policy = read(tmp_path, GOOD)
    assert policy.permissions_of(["finance", "clerk", "wizard"], partner=False) == {
        "deals.conflict.read",
        "deals.registration.read",
        "orders.order.read",
    }
    assert policy.permissions_of(["wizard"], partner=False) == frozenset()
    assert policy.permissions_of([], partner=False) == frozenset()


def test_a_partners_people_have_partner_roles_only_and_ours_have_the_others_only(tmp_path: Path) -> None:
    policy, both = read(tmp_path, GOOD), ["finance", "partner_sales"]
    assert policy.permissions_of(both, partner=True) == {"deals.conflict.read", "deals.registration.read"}
    assert policy.permissions_of(both, partner=False) == {"deals.conflict.read", "orders.order.read"}
    assert policy.limits_of(both, partner=True) == Limits(calls_per_second=3, concurrent_streams=1)


def test_the_widest_limits_of_the_roles_hold(tmp_path: Path) -> None:
    policy = read(tmp_path, GOOD)
    assert policy.limits_of(["finance", "clerk"], partner=False) == Limits(calls_per_second=50, concurrent_streams=20)
    assert policy.limits_of(["wizard"], partner=False) == NO_ROLE


def test_a_role_has_what_it_reads_in_clear_for_and_only_what_the_list_knows(tmp_path: Path) -> None:
    finance = '[roles.finance]\npurpose = "billing"\npurposes = ["legal_claim"]\n'
    text = GOOD.replace("[roles.finance]\n", finance).replace("[roles.clerk]\n", '[roles.clerk]\npurpose = "support"\n')
    policy = read(tmp_path, text)
    assert policy.purpose_of(["finance", "wizard"], partner=False) == "billing"
    assert policy.purpose_of(["finance", "clerk"], partner=False) == "billing,support"
    assert policy.purposes_of(["finance", "clerk"], partner=False) == {"billing", "legal_claim", "support"}
    assert policy.purpose_of(["finance"], partner=True) == policy.purpose_of(["wizard"], partner=False) == ""
    with pytest.raises(ConfigError, match=r"roles.finance: there is no purpose 'biling' .is billing meant"):
        read(tmp_path, text.replace('"billing"', '"biling"'))


def test_whoever_may_read_in_clear_by_the_shipped_policy_has_a_purpose(shipped: Policy) -> None:
    for name, role in shipped.roles.items():
        assert bool(role.purpose) == any(one.endswith(".personal_data.unmask") for one in role.permissions), name


def test_callers_of_the_same_roles_share_one_set(tmp_path: Path) -> None:
    policy = read(tmp_path, GOOD)
    assert policy.permissions_of(("clerk", "a"), partner=False) is policy.permissions_of(["b", "clerk"], partner=False)


def test_who_holds_a_permission_is_told_apart_by_whose_people_they_are(tmp_path: Path) -> None:
    policy = read(tmp_path, GOOD)
    assert policy.holders("deals.conflict.read", partner=False) == ("finance", "clerk")
    assert policy.holders("deals.conflict.read", partner=True) == ("partner_sales",)
    assert policy.holders("deals.registration.approve", partner=False) == ()


def test_everything_wrong_with_a_file_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, WRONG)
    first, *faults = str(refused.value).split("\n  ")
    assert first == f"PRM_POLICY_FILE: {tmp_path / 'policy.toml'} is wrong:"
    assert sorted(faults) == [
        "colour: there is no such key",
        "own_roles: porter has no table [roles.porter]",
        "roles.administrater: there is no such role (is administrator meant?); list a role of your own in own_roles",
        "roles.clerk: 'order.*' matches no permission",
        "roles.finance.calls_per_second: Expected `int` >= 1",
        "roles.finance.concurrent_streams: is missing",
        "roles.finance.limit: there is no such key",
        "roles.finance: 'deals.registration.[ab]*' matches no permission (is deals.registration.read meant?)",
        "roles.finance: 'orders.order.raed' matches no permission (is orders.order.read meant?)",
        "roles.partner_admin.partner: must be true",
        "roles.partner_sales: deals.registration.approve reaches the whole cell, a partner's role cannot hold it",
    ]


@pytest.mark.parametrize("text", ["[roles.finance", "\xff", "roles = 1", "", "[roles]\nfinance = 3"])
def test_what_is_no_policy_at_all_is_refused_with_its_path(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=str(path)):
        read_policy(path, KNOWN)


def test_a_file_that_is_not_there_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        read_policy(tmp_path / "nowhere.toml", KNOWN)


def test_the_permissions_of_a_service_of_ones_own_are_known_beside_those_of_the_tree() -> None:
    found = permissions_of([service()])
    assert found["probe.row.save"] is False
    assert found["deals.registration.read"] is True
    assert found["deals.registration.approve"] is False


def test_a_permission_reaches_as_far_as_the_widest_of_its_methods() -> None:
    assert permissions_of([service("MixedService")])["mixed.row.save"] is False


@pytest.fixture(scope="module")
def shipped() -> Policy:
    return read_policy(Settings().policy_file, permissions_of([]))


def test_the_shipped_policy_has_every_role_of_the_product(shipped: Policy) -> None:
    assert tuple(shipped.roles) == OUR_ROLES + PARTNER_ROLES


def test_direct_sales_of_the_vendor_see_nothing_of_a_partners_customers_and_prices(shipped: Policy) -> None:
    assert shipped.permissions_of(("direct_sales",), partner=False) == {"deals.direct_sale.check"}


def test_an_auditor_changes_nothing_and_sees_no_personal_data(shipped: Policy) -> None:
    loaded = shipped.permissions_of(["auditor"], partner=False)
    asked = [one.access for one in built().methods if one.access is not None and one.access.permission in loaded]
    assert asked
    assert [one.permission for one in asked if one.reveals_personal_data or not one.read_only] == []


def test_the_trail_and_the_persons_requests_are_for_few(shipped: Policy) -> None:
    found = {
        name: tuple(one for one in role.permissions if one.startswith("compliance."))
        for name, role in shipped.roles.items()
        if name not in ("administrator", "compliance_officer")
    }
    granted = {name: {one.removeprefix("compliance.") for one in loaded} for name, loaded in found.items() if loaded}
    assert granted == {
        "auditor": {
            *("audit_entry.read", "decision.read", "processing_record.read", "purpose.read", "transfer.read"),
            *("retention.read", "subject_request.prove"),
        },
        "integration": {
            *("consent.check", "consent.give", "consent.withdraw", "transfer.read", "transfer.record"),
            *("external_status.read", "subject_request.create", "identity_code.issue", "identity_code.confirm"),
            "personal_data.unmask",
        },
        "region_head": {
            *("breach.close", "breach.read", "decision.decide", "decision.read", "transfer.publish", "transfer.read"),
        },
    }


def test_every_permission_comes_with_a_role_that_is_not_the_administrators(shipped: Policy) -> None:
    loaded = {one for name, role in shipped.roles.items() if name != "administrator" for one in role.permissions}
    assert set(permissions_of([])) - loaded == set()


def test_what_needs_two_persons_can_be_decided_by_two_kinds_of_people(shipped: Policy) -> None:
    needed = {one.access.permission for one in built().methods if one.access is not None and one.access.four_eyes}
    assert needed >= AMONG_OFFICERS
    for permission in needed - AMONG_OFFICERS:
        deciding = f"{permission.partition('.')[0]}.decision.decide"
        both = {name for name, role in shipped.roles.items() if {permission, deciding} <= set(role.permissions)}
        assert len(both - {"administrator", "integration"}) >= 2, permission


def test_nobody_but_systems_and_the_administrator_is_given_more_than_a_person_needs(shipped: Policy) -> None:
    fast = {name for name, role in shipped.roles.items() if role.calls_per_second > 100}
    assert fast == {"administrator", "integration"}
