"""Cells find each other's claims on a customer by keyed hashes, tell no more than they must, and forget no question."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.border_keys import BorderKeys
from libs.clock import SteppedClock
from libs.country import RegistrationIdType
from libs.cross_checks.checking import HASHES_AT_MOST
from libs.cross_checks.documents import HASHES
from libs.cross_checks.domain import CellCheck, CheckState, Finding
from libs.cross_checks.events import CrossCheckAsked
from libs.cross_checks.pending import AGE, COUNT, pending
from libs.cross_checks.subjects import CheckPolicy
from libs.pb.prm.common import v1 as common
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import get
from libs.transfers.projection import TRANSFERS
from services.deals.claims import usecases as drafts
from services.deals.claims.domain.registration import Customer, Registration, RegistrationChanges, RegistrationLine
from services.deals.claims.domain.states import OverrideReason, Review
from services.deals.conflicts import usecases as conflicts
from services.deals.conflicts.domain.overriding import CellsPending, CustomerProtected
from services.deals.conflicts.reads.abroad import DUPLICATES
from services.deals.overview import usecases as overview
from services.deals.review import usecases as decisions
from services.deals.service import COMPOSITION
from services.deals.settings import Policy
from tests.builders import NOW, a_call, a_call_of, an_id
from tests.component.border import KEY, NEXT_KEY, Post, neighbours, permit, shared_keys, write_keys
from tests.component.deals.harness import ACME, PARTNER, Harness
from tests.component.replica import sealed

CODES = ("local", "cn", "ng")
FLOW = "duplicate_check"
NUMBERED = replace(ACME, registration_id="4711", registration_id_type=RegistrationIdType.OTHER)
HIT, CLEAR, PENDING, UNCHECKED = CheckState.HIT, CheckState.CLEAR, CheckState.PENDING, CheckState.UNCHECKED


class World:
    """Three cells on one clock, and the post between them."""

    def __init__(self, folder: Path, keys: Keys, cells: dict[str, Harness]) -> None:
        self.folder = folder
        self.cells = cells
        self.here, self.cn, self.ng = (cells[code] for code in CODES)
        self.keys = keys
        self.post = Post(COMPOSITION, cells)

    async def states(self, reg: Registration, cell: str = "local") -> dict[str, CheckState]:
        """What a cell knows of the others about a claim of its own."""
        return {one.cell: one.state for one in await self.checks(reg, cell)}

    async def key_names(self, cell: str) -> set[str]:
        """The names of the keys with which a cell can be asked."""
        return {one.key for one in await everything(self.cells[cell].env.store, HASHES, {})}

    async def checks(self, reg: Registration, cell: str = "local") -> tuple[CellCheck, ...]:
        """The same, with all that they told."""
        found = await self.cells[cell].look(overview.get_registration, overview.GetRegistration, id=reg.id)
        return found.cells


@pytest.fixture
async def keys_file(tmp_path: Path) -> BorderKeys:
    return shared_keys(tmp_path)


async def a_world(folder: Path, keys: Keys, stack: AsyncExitStack, shared: BorderKeys, policy: Policy) -> World:
    clock, cells = SteppedClock(NOW), dict[str, Harness]()
    for code, directory in neighbours(*CODES).items():
        (folder / code).mkdir()
        store = await stack.enter_async_context(sealed(folder / code, COMPOSITION.name, COMPOSITION.kinds, keys))
        checks = CheckPolicy(keys=shared, per_day=policy.questions_per_day)
        cells[code] = Harness(store, keys, clock=clock, policy=policy, directory=directory, checks=checks)
        await cells[code].partner()
        await permit(cells[code].env, FLOW)
    return World(folder, keys, cells)


@pytest.fixture
def policy() -> Policy:
    return Policy()


@pytest.fixture
async def world(tmp_path: Path, keys: Keys, keys_file: BorderKeys, policy: Policy) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield await a_world(tmp_path, keys, stack, keys_file, policy)


async def test_a_protected_claim_of_another_cell_is_a_conflict_and_blocks(world: World) -> None:
    await world.cn.approved()
    await world.post.settle()
    mine = await world.here.claimed()
    assert await world.states(mine) == {"cn": UNCHECKED, "ng": UNCHECKED}
    await world.post.settle()
    cn, ng = await world.checks(mine)
    assert (cn.state, cn.findings) == (HIT, (Finding(product_line="ROUTERS", month="2026-05"),))
    assert (ng.state, ng.findings) == (CLEAR, ())
    [rival] = await world.here.conflicts(mine)
    assert (rival.cell, rival.registration_id, rival.score) == ("cn", "", 80)
    assert (rival.review, rival.product_lines) == (Review.APPROVED, ("ROUTERS",))
    with pytest.raises(CustomerProtected) as refused:
        await world.here.approve(mine)
    assert refused.value.metadata["cell"] == "cn"
    world.here.events()
    await world.here.approve(mine, override_reason=OverrideReason.AGREED)
    [told] = [body for name, _, body in world.here.events() if name == "ConflictOverridden"]
    assert isinstance(told, pb.ConflictOverridden)
    assert (list(told.overridden_registration_ids), list(told.overridden_cells)) == ([], ["cn"])


async def test_a_claim_that_is_not_protected_or_on_other_lines_is_shown_and_blocks_nothing(world: World) -> None:
    await world.cn.claimed()
    await world.ng.approved(lines=(RegistrationLine(sku="SW-1", product_line="SWITCHES"),))
    await world.post.settle()
    mine = await world.here.claimed()
    await world.post.settle()
    shown = {one.cell: (one.review, one.product_lines) for one in await world.here.conflicts(mine)}
    assert shown == {"cn": (None, ("ROUTERS",)), "ng": (None, ())}
    assert (await world.here.approve(mine)).review is Review.APPROVED


async def test_a_claim_submitted_again_tells_of_the_claims_of_this_cell_alone(world: World) -> None:
    await world.cn.approved()
    rival = await world.here.claimed()
    await world.post.settle()
    mine = await world.here.claimed()
    await world.post.settle()
    asked = {"id": mine.id, "requested_fields": ("lines",)}
    await world.here.run(decisions.request_changes, decisions.RequestChanges, **asked)
    world.here.events()
    await world.here.submit(mine)
    assert {one.cell for one in await world.here.conflicts(mine)} == {"", "cn"}
    told = [body for _, _, body in world.here.events() if isinstance(body, pb.ConflictFound)]
    assert [one.other_registration_id for one in told] == [rival.id]


async def test_of_two_claims_at_the_same_moment_at_least_one_is_found(world: World) -> None:
    mine, theirs = await world.here.claimed(), await world.cn.claimed()
    await world.post.settle()
    assert HIT in {(await world.states(mine))["cn"], (await world.states(theirs, "cn"))["local"]}


async def test_a_name_alone_and_a_phone_number_are_no_hit(world: World) -> None:
    phone = "030 901820"
    await world.cn.approved(customer=replace(ACME, domain="", phone=phone))
    await world.post.settle()
    mine = await world.here.claimed(customer=replace(ACME, domain="other.de", phone=phone))
    await world.post.settle()
    assert await world.states(mine) == {"cn": CLEAR, "ng": CLEAR}


async def test_nothing_is_asked_or_told_about_a_natural_person(world: World) -> None:
    anna = Customer(legal_name="Anna Beispiel", country="DE", domain="anna.example", natural_person=True)
    await world.cn.approved(customer=anna)
    await world.post.settle()
    mine = await world.here.claimed(customer=anna)
    await world.post.settle()
    assert world.post.crossed == []
    assert await world.states(mine) == {"cn": UNCHECKED, "ng": UNCHECKED}
    company = await world.here.claimed(customer=replace(anna, natural_person=False))
    await world.post.settle()
    assert await world.states(company) == {"cn": CLEAR, "ng": CLEAR}


async def test_what_crosses_names_neither_customer_nor_claim_nor_partner(world: World) -> None:
    theirs = await world.cn.approved(customer=NUMBERED)
    await world.post.settle()
    mine = await world.here.claimed(customer=NUMBERED)
    await world.post.settle()
    kinds = {one.type.rpartition(".")[2] for one in world.post.crossed}
    assert kinds == {"CrossCheckAsked", "CrossCheckAnswered"}
    for one in world.post.crossed:
        text = repr((one.about, one.headers(), one.body)).lower()
        assert not [secret for secret in ("acme", "4711", mine.id, theirs.id, PARTNER) if secret in text]


async def test_a_silent_cell_leaves_the_check_pending_and_is_asked_again_later_and_later(world: World) -> None:
    world.post.away = {"cn"}
    mine = await world.here.claimed()
    await world.post.settle()
    assert await world.states(mine) == {"cn": PENDING, "ng": CLEAR}
    assert await waited(world) == {"cn": (1, 0), "ng": (0, 0)}
    asked = []
    for _ in range(60):
        world.here.clock.advance(timedelta(minutes=1))
        await world.post.run_jobs("local")
        asked.append(len([one for one in world.post.crossed if one.type.endswith("Asked")]))
    assert asked[-1] == 6  # at once, and after 1, 3, 7, 15 and 31 minutes
    assert await waited(world) == {"cn": (1, 3600), "ng": (0, 0)}
    assert pb.CrossCheckAsked.FromString(world.post.crossed[-1].body).to_cells == ["cn"]
    world.post.away = set()
    await world.post.settle()
    assert await world.states(mine) == {"cn": CLEAR, "ng": CLEAR}
    assert await waited(world) == {"cn": (0, 0), "ng": (0, 0)}
    before = len(world.post.crossed)
    world.here.days(30)
    await world.post.run_jobs("local")
    assert len(world.post.crossed) == before


async def waited(world: World) -> dict[str, tuple[float, float]]:
    """By cell, how many checks of the local one wait for it, and the seconds that the oldest has waited."""
    found = await pending(world.here.env)
    counts, ages = ({one.about["cell"]: one.value for one in found[name]} for name in (COUNT, AGE))
    return {cell: (count, ages[cell]) for cell, count in counts.items()}


async def test_a_question_that_no_transfer_permits_waits_at_the_gate_and_is_not_repeated(world: World) -> None:
    held = await get(world.here.env.store, TRANSFERS, an_id("trf"))
    assert held is not None
    await world.here.env.store.commit([held.put(replace(held.value, ended=True))])
    world.post.away = {"cn", "ng"}
    mine = await world.here.claimed()
    await world.post.settle()
    for _ in range(3):
        world.here.days(1)
        await world.post.run_jobs("local")
    assert len(world.post.crossed) == 1
    again = await get(world.here.env.store, TRANSFERS, an_id("trf"))
    assert again is not None
    await world.here.env.store.commit([again.put(replace(again.value, ended=False))])
    world.here.days(1)
    await world.post.run_jobs("local")
    assert len(world.post.crossed) == 2
    world.post.away = set()
    await world.post.settle()
    assert await world.states(mine) == {"cn": CLEAR, "ng": CLEAR}


async def test_policy_may_await_every_cell(tmp_path: Path, keys: Keys, keys_file: BorderKeys) -> None:
    async with AsyncExitStack() as stack:
        world = await a_world(tmp_path, keys, stack, keys_file, Policy(approval_awaits_cells=True))
        world.post.away = {"ng"}
        mine = await world.here.claimed()
        for silent in ("cn,ng", "ng"):
            with pytest.raises(CellsPending) as refused:
                await world.here.approve(mine)
            assert refused.value.metadata["cells"] == silent
            await world.post.settle()
        world.post.away = set()
        await world.post.settle()
        assert (await world.here.approve(mine)).review is Review.APPROVED


async def test_a_claim_that_ended_is_neither_found_nor_asked_about(world: World) -> None:
    await world.cn.withdraw(await world.cn.approved())
    world.post.away = {"ng"}
    mine = await world.here.claimed()
    await world.post.settle()
    assert await world.states(mine) == {"cn": CLEAR, "ng": PENDING}
    await world.here.withdraw(mine)
    await world.post.settle()
    before = len(world.post.crossed)
    world.here.days(1)
    await world.post.run_jobs("local")
    assert len(world.post.crossed) == before
    assert await world.states(mine) == {"cn": UNCHECKED, "ng": UNCHECKED}


async def test_another_customer_is_asked_about_anew(world: World) -> None:
    await world.cn.approved()
    await world.post.settle()
    mine = await world.here.submit(
        await world.here.draft(customer=replace(ACME, legal_name="Else AG", domain="else.de"))
    )
    await world.post.settle()
    assert await world.states(mine) == {"cn": CLEAR, "ng": CLEAR}
    await world.here.run(decisions.recall_registration, decisions.RecallRegistration, id=mine.id)
    await world.post.settle()
    changes = RegistrationChanges(customer=ACME)
    await world.here.run(drafts.update_registration, drafts.UpdateRegistration, id=mine.id, changes=changes)
    mine = await world.here.submit(mine)
    await world.post.settle()
    assert await world.states(mine) == {"cn": HIT, "ng": CLEAR}


async def test_questions_are_limited_per_cell_and_day(tmp_path: Path, keys: Keys, keys_file: BorderKeys) -> None:
    async with AsyncExitStack() as stack:
        world = await a_world(tmp_path, keys, stack, keys_file, Policy(questions_per_day=2))
        claims = [await world.here.claimed(customer=replace(ACME, domain=f"c{number}.de")) for number in range(3)]
        await world.post.settle()
        states = [(await world.states(one))["cn"] for one in claims]
        assert sorted(states, key=str) == [CLEAR, CLEAR, UNCHECKED]
        world.here.days(1)
        await world.post.run_jobs("local")
        assert [(await world.states(one))["cn"] for one in claims] == [CLEAR] * 3


async def test_a_cell_that_asks_too_much_is_not_answered_and_the_trail_says_so_once(world: World) -> None:
    limited = Harness(
        world.cn.env.store,
        world.keys,
        clock=world.cn.clock,
        directory=world.cn.env.directory,
        checks=replace(world.cn.env.settings.checks, per_day=1),
    )
    post = Post(COMPOSITION, {**world.cells, "cn": limited})
    claims = [await world.here.claimed(customer=replace(ACME, domain=f"c{number}.de")) for number in range(4)]
    await post.settle()
    assert [(await world.states(one))["cn"] for one in claims].count(CLEAR) == 1
    assert [one.step for one in post.recorded["cn"]] == [common.CHECK_STEP_ANSWERED, common.CHECK_STEP_REFUSED]


async def test_both_sides_record_every_question(world: World) -> None:
    mine = await world.here.claimed()
    await world.post.settle()
    [asked] = [one for one in world.post.recorded["local"] if one.step == common.CHECK_STEP_ASKED]
    assert (asked.resource_id, list(asked.cells)) == (mine.id, ["cn", "ng"])
    learned = [one for one in world.post.recorded["local"] if one.step == common.CHECK_STEP_LEARNED]
    assert {(one.resource_id, *one.cells, one.state) for one in learned} == {
        (mine.id, "cn", common.CHECK_STATE_CLEAR),
        (mine.id, "ng", common.CHECK_STATE_CLEAR),
    }
    for code in ("cn", "ng"):
        [answered] = world.post.recorded[code]
        assert answered == pb.CrossCheckRecorded(
            question_id=asked.question_id,
            step=common.CHECK_STEP_ANSWERED,
            cells=["local"],
            state=common.CHECK_STATE_CLEAR,
        )


async def test_a_key_is_replaced_without_a_gap(world: World) -> None:
    await world.cn.approved()
    await world.post.settle()
    for lines in ((KEY, NEXT_KEY), (NEXT_KEY, KEY), (NEXT_KEY,)):
        write_keys(world.folder, *lines)
        await world.post.run_jobs()
        mine = await world.here.claimed()
        await world.post.settle()
        assert (await world.states(mine))["cn"] is HIT
        await world.here.withdraw(mine)
        await world.post.settle()
    assert await world.key_names("cn") == {"summer"}


async def test_without_keys_nothing_is_asked_until_there_are_some(tmp_path: Path, keys: Keys) -> None:
    async with AsyncExitStack() as stack:
        world = await a_world(tmp_path, keys, stack, BorderKeys(), Policy())
        await world.cn.approved()
        mine = await world.here.claimed()
        await world.post.run_jobs()
        assert (await world.states(mine), world.post.crossed) == ({"cn": UNCHECKED, "ng": UNCHECKED}, [])
        shared = shared_keys(tmp_path)
        for one in world.cells.values():
            one.env.settings = replace(one.env.settings, checks=CheckPolicy(keys=shared))
        await world.post.run_jobs()
        assert await world.states(mine) == {"cn": HIT, "ng": CLEAR}


async def test_a_partners_people_see_neither_the_checks_nor_which_cell_has_a_rival(world: World) -> None:
    await world.cn.approved()
    await world.post.settle()
    mine = await world.here.claimed()
    await world.post.settle()
    command = overview.GetRegistration(call=a_call_of(PARTNER), id=mine.id)
    assert (await overview.get_registration(world.here.env, command)).cells == ()
    listed = conflicts.ListConflicts(call=a_call_of(PARTNER), registration_id=mine.id)
    [shown], _ = await conflicts.list_conflicts(world.here.env, listed)
    assert (shown.cell, shown.review, shown.product_lines) == ("", None, ())


async def test_a_cell_answers_only_what_it_is_asked_by_the_cell_that_asks(world: World) -> None:
    await world.cn.approved()
    await world.post.settle()
    await world.here.claimed()
    await world.post.settle()
    [asked, *_] = [one for one in world.post.crossed if one.type.endswith("Asked")]
    [handle] = [one.handle for one in COMPOSITION.arriving if one.takes("deals.cross_check.asked")]
    forged = replace(asked, source="prm/ng/deals", subject=asked.subject.replace(".local.", ".ng."))
    world.cn.events()
    await handle(world.cn.env, forged, a_call())
    assert world.cn.names() == []


async def test_a_question_with_more_hashes_than_any_document_has_is_refused(world: World) -> None:
    question = CrossCheckAsked(
        question_id=an_id("chk", cell="ng"),
        to_cells=("cn",),
        key="spring",
        hashes=tuple(f"NAME:{number:032x}" for number in range(HASHES_AT_MOST + 1)),
    )
    await DUPLICATES.answer(world.cn.env, question, "ng", call=a_call())
    await world.post.settle()
    assert [one.step for one in world.post.recorded["cn"]] == [common.CHECK_STEP_REFUSED]
