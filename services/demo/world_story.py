"""`prm demo-world`: what crosses the borders between three cells, and what does not."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from rich.console import Console

from libs import logs
from libs.clock import monotonic
from libs.config import Settings
from libs.runtime.inspection import require_folder
from libs.runtime.process import Stopping
from libs.runtime.service import Build
from services.demo.command import WIDTH, is_interactive, table
from services.demo.scenario import StoryLine
from services.demo.world import COMPLIANCE, PARTNERS, World, a_world, register

FOLDER = "demo-world"
EVENTUALLY_SECONDS = 60.0
DEALS = "deals"
FLOWS: dict[str, dict[str, Any]] = {
    "directory": {},
    "duplicate_check": {"categories": []},
    "request_links": {"categories": []},
}
NAMES = {"de": "Brückner Systemhaus GmbH", "cn": "上海云桥信息技术有限公司", "ng": "Lagos Cloud Works Ltd"}
TRADER = "Hannelore Beispiel"
CUSTOMERS = {"de": "Hansewerk AG", "cn": "汉萨工程（上海）有限公司"}
DOMAIN = "hansewerk.example"
LATE_DOMAIN = "spaeter.example"
PERSON = "ada@example.org"


async def tell(world: World) -> list[StoryLine]:
    """What happens between the cells, as lines of a table."""
    lines = [*await _fill(world), *await _follow(world), *await _duplicate(world), *await _two_requests(world)]
    lines += await _without_hub(world)
    return [StoryLine("Three cells and a hub", what, outcome) for what, outcome in lines]


async def demo_world(builders: Mapping[str, Build], settings: Settings, stopping: Stopping) -> None:
    """Start the world under `<data_dir>/demo-world`, play what happens at its borders, print the table, stop it."""
    logs.configure("error")
    require_folder(settings.data_dir)
    folder = settings.data_dir / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    console = Console() if is_interactive() else Console(width=WIDTH)
    alone = replace(settings, nats_url="", nats_logins_dir=None, store_url="", store_password_file=None, cell_file=None)
    console.rule("Three cells, each with six services, stores and a broker; and a hub between the brokers")
    began = monotonic()
    async with a_world(folder, builders, alone) as world:
        console.print(f"de, cn, ng and the hub started in {monotonic() - began:.0f} s, files in {folder}")
        lines = await tell(world)
    console.print(table(lines[0].chapter, lines))
    console.print(f"Everything has stopped, after {monotonic() - began:.0f} s.")


Rows = list[tuple[str, str]]


async def _fill(world: World) -> Rows:
    for code, name in NAMES.items():
        await world.partner(code, name)
    for code in world.codes:
        await world.cells[code].settled()
    told = [("Before the transfer `directory` is registered", await _blocked(world))]
    for code in world.codes:
        for flow, terms in FLOWS.items():
            await register(world.clients[code], flow, **terms)
        await world.cells[code].settled()
        await world.cells[code].run_jobs()
    await world.partner("de", TRADER, sole_trader=True)
    began = monotonic()
    for code in world.codes:
        found = await world.listed(code, lambda names: set(NAMES.values()) <= set(names))
        told.append((f"Each cell approves a partner: the directory of {code}", ", ".join(sorted(found))))
    told.append(("Until all three had all three", f"{monotonic() - began:.1f} s"))
    await world.cells["de"].settled()
    own = await world.listed("de", lambda _: True)
    out = "in no directory" if TRADER not in own else "LISTED"
    return [*told, (f"de approves {TRADER}, a sole trader, who is a person", out)]


async def _blocked(world: World) -> str:
    """What the gate of each cell has held back, once it has."""
    relays = [world.cells[code].border.relays[PARTNERS] for code in world.codes]
    async with asyncio.timeout(EVENTUALLY_SECONDS):
        for relay in relays:
            await relay.drain()
    counts = sum((one.blocked for one in relays), Counter[str]())
    return ", ".join(f"{count} held, {reason}" for reason, count in counts.items())


async def _follow(world: World) -> Rows:
    name = NAMES["de"]
    partner_id = (await world.listed("cn", lambda names: name in names))[name].id
    refused = await world.clients["cn"].refused(PARTNERS, "GetPartner", id=partner_id)
    client = await world.following("cn")
    answer = await client.ask(PARTNERS, "GetPartner", id=partner_id)
    where = f"{refused.reason}: cell {refused.metadata['cell']} at {refused.metadata['endpoint']}"
    return [
        (f"cn is asked for {name} of de", where),
        ("The client follows, with its token for de", f"de answers: {answer.partner.legal_name}"),
    ]


async def _duplicate(world: World) -> Rows:
    theirs = await _claim(world, "cn", DOMAIN)
    until = (await world.clients["cn"].ask(DEALS, "ApproveRegistration", id=theirs)).registration.protected_until
    await world.settle()
    mine = await _claim(world, "de", DOMAIN)
    states = await _answered(world, mine)
    refused = await world.clients["de"].refused(DEALS, "ApproveRegistration", id=mine)
    found = (await world.clients["de"].ask(DEALS, "ListConflicts", registration_id=mine)).conflicts[0]
    conflict = f"{', '.join(found.product_lines)}, protected by a claim of the cell {found.cell}; no id, no partner"
    return [
        (f"cn approves a claim on {CUSTOMERS['cn']} ({DOMAIN})", f"protected until {until.ToDatetime().date()}"),
        (f"de submits a claim on {CUSTOMERS['de']} of the same domain", f"asked by keyed hashes: {states}"),
        ("The conflict that de is shown", conflict),
        ("de tries to approve its claim", f"{refused.reason}, by the cell {refused.metadata['cell']}"),
    ]


async def _two_requests(world: World) -> Rows:
    mine, theirs = [await _request(world, code) for code in ("de", "cn")]
    de, cn = world.clients["de"], world.clients["cn"]
    link = (await de.ask(COMPLIANCE, "LinkRequest", id=mine)).link_id
    await cn.ask(COMPLIANCE, "LinkRequest", id=theirs, link_id=link)
    before = await de.eventually(COMPLIANCE, "GetRequest", lambda found: len(found.linked) == 1, id=mine)
    first = _linked(before)
    await cn.eventually(COMPLIANCE, "GetRequest", lambda found: found.request.ready_time.seconds > 0, id=theirs)
    async for _ in cn.stream(COMPLIANCE, "ExportRequest", id=theirs):
        pass
    after = await de.eventually(COMPLIANCE, "GetRequest", lambda found: _linked(found) != first, id=mine)
    return [
        ("A person asks de and cn for their data, with the same address in each", f"linked by {link}"),
        ("What de is told of cn, and nothing else", first),
        ("cn makes its package, which stays in cn; de is told", _linked(after)),
    ]


async def _without_hub(world: World) -> Rows:
    name = NAMES["de"]
    partner_id = (await world.listed("de", lambda names: name in names))[name].id
    await world.stop_hub()
    late = "Nachzügler Handels GmbH"
    newcomer = await world.partner("de", late)
    await world.clients["de"].ask(
        PARTNERS, "SuspendPartner", id=partner_id, status_reason="STATUS_REASON_OVERDUE_PAYMENT"
    )
    await world.cells["de"].settled()
    claim = await _claim(world, "de", LATE_DOMAIN, by=newcomer)
    await world.settle()
    pending = _states(await world.clients["de"].ask(DEALS, "GetRegistration", id=claim))
    before = await world.listed("cn", lambda _: True)
    await world.start_hub()
    began, told = (
        monotonic(),
        [
            ("The hub is away: de approves another and suspends one", f"done; cn has {len(before)}"),
            (f"de submits a claim on a customer of {LATE_DOMAIN}", f"done; the check is {pending}"),
        ],
    )
    for code in ("cn", "ng"):
        found = await world.listed(code, lambda names: late in names and _status(names[name]) == "SUSPENDED")
        took = f"{monotonic() - began:.0f} s after the hub is back"
        told.append((f"The directory of {code} catches up", f"{len(found)}, {name} is {_status(found[name])}; {took}"))
    states = await _answered(world, claim)
    return [*told, ("The check is answered", f"{states}; {monotonic() - began:.0f} s after the hub is back")]


async def _claim(world: World, code: str, domain: str, *, by: str = "") -> str:
    """A claim under review on a customer with this domain; its id. by: a partner of the cell, if not the first."""
    client = world.clients[code]
    partner_id = by or (await world.listed(code, lambda names: NAMES[code] in names))[NAMES[code]].id
    made = await client.eventually(
        DEALS,
        "CreateRegistration",
        partner_id=partner_id,
        customer={"legal_name": CUSTOMERS[code], "country": code.upper(), "domain": domain},
        lines=[{"sku": "RTR-1", "product_line": "ROUTERS", "quantity": 2}],
    )
    claim = str(made.registration.id)
    await client.ask(DEALS, "SubmitRegistration", id=claim)
    await client.ask(DEALS, "StartReview", id=claim)
    return claim


async def _request(world: World, code: str) -> str:
    """A request of a person in a cell, whose identity is proved; its id."""
    made = await world.clients[code].ask(
        COMPLIANCE,
        "CreateRequest",
        type="REQUEST_TYPE_ACCESS",
        country=code.upper(),
        channel="REQUEST_CHANNEL_EMAIL",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": PERSON}],
    )
    return str(made.request.id)


async def _answered(world: World, claim: str) -> str:
    """What the other cells answered de about a claim, once all have."""
    found = await world.clients["de"].eventually(
        DEALS, "GetRegistration", lambda answer: all(one.answer_time.seconds for one in answer.cells), id=claim
    )
    return _states(found)


def _states(found: Any) -> str:
    return ", ".join(f"{one.cell} {_name(one, 'state').removeprefix('CHECK_STATE_')}" for one in found.cells)


def _linked(found: Any) -> str:
    return ", ".join(f"{one.cell} {_name(one, 'state').removeprefix('LINKED_STATE_')}" for one in found.linked)


def _name(message: Any, field: str) -> str:
    enum = message.DESCRIPTOR.fields_by_name[field].enum_type
    return str(enum.values_by_number[getattr(message, field)].name)


def _status(organisation: Any) -> str:
    return _name(organisation, "status").removeprefix("PARTNER_STATUS_")
