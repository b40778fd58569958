"""The README of a service has every RPC of its protos in a table, and names all events that it publishes."""

import re
from collections.abc import Iterator

import pytest

from tests.contracts.proto.image import ROOT, built

SERVICES = sorted({one.file.package.split(".")[1] for one in built().methods})

_CODE = re.compile(r"`([a-z_]+(?:\.[a-z_]+)?\.(?:[a-z_]+|\{[a-z_,]+\}))`")


def test_every_service_with_rpcs_has_a_readme() -> None:
    assert [one for one in SERVICES if not (ROOT / "services" / one / "README.md").exists()] == []
    assert {"partners", "deals", "orders", "tickets", "compliance"} <= set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_table_of_the_readme_has_every_rpc(service: str) -> None:
    rpcs = {one.desc.name for one in built().methods if one.file.package.split(".")[1] == service}
    assert unnamed(rpcs, text_of(service)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_readme_names_every_event_and_no_other(service: str) -> None:
    events = {one.event.subject for one in built().messages.values() if one.event is not None}
    own = {one for one in events if one.split(".")[0] == service}
    assert own
    assert published(text_of(service)) == own


def test_what_a_readme_leaves_out_is_found() -> None:
    readme = "| GetOrders, `GetBill` | nothing |\nGetOrder\n\n"
    readme += "Out: `a.order.{opened,closed}`,\n`a.bill.sent`. Each with ids.\nIn: `b.x.y`.\n"
    assert unnamed({"GetOrder", "GetBill", "GetOrders"}, readme) == ["GetOrder"]
    assert published(readme) == {"a.order.opened", "a.order.closed", "a.bill.sent"}


def unnamed(rpcs: set[str], readme: str) -> list[str]:
    """The RPCs that are in no row of a table."""
    rows = [line for line in readme.splitlines() if line.startswith("|")]
    return sorted(rpcs - set(re.findall(r"\w+", "\n".join(rows))))


def published(readme: str) -> set[str]:
    """The subjects after `Out:`, up to `In` or the end of the paragraph; `{a,b}` stands for each of them."""
    found = re.search(r"^Out: (.*?)(?=\n\n|^In\b|\Z)", readme, re.MULTILINE | re.DOTALL)
    assert found, "no paragraph begins with `Out: `"
    return {subject for code in _CODE.findall(found[1]) for subject in expanded(code)}


def expanded(code: str) -> Iterator[str]:
    """`a.b.{c,d}` as `a.b.c` and `a.b.d`."""
    head, _, verbs = code.rpartition(".")
    for verb in verbs.strip("{}").split(","):
        yield f"{head}.{verb}"


def text_of(service: str) -> str:
    """The README of the service."""
    return (ROOT / "services" / service / "README.md").read_text()
