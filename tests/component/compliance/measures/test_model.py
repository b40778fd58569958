"""Corrections, restrictions and objections in any order leave what a plain model of them says."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.call import Call, Caller
from libs.errors import AppError
from libs.person import Person
from libs.privacy.keys import Keys
from libs.privacy.restriction import Restricted
from libs.store.port import create, get
from services.compliance.measures.domain import NoMeasure, ObjectionGround, ObjectionOutcome
from services.compliance.measures.usecases import DecideObjection, LiftRestriction, decide_objection, lift_restriction
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import RequestChannel, RequestType
from tests.builders import a_call
from tests.component.compliance.harness import CARDS, Card, Harness, harnessed
from tests.component.compliance.measures.acts import ME, card, rectify, restrict, searched, take

NAME = "Anna Kern"
BERT = Person(person_id="psn_b", name="Bert Adler", email=ME[1])  # at the same mailbox
TYPES = {one.name: one for one in (RequestType.RECTIFICATION, RequestType.RESTRICTION, RequestType.OBJECTION)}
CASES = ("RESTRICTION", "OBJECTION")
GROUND = ObjectionGround.LEGAL_CLAIMS

STEPS = st.one_of(
    st.tuples(st.sampled_from(["restrict", "lift"]), st.sampled_from(CASES)),
    st.sampled_from([("uphold", "OBJECTION"), ("overrule", "OBJECTION")]),
    st.just(("rectify", "RECTIFICATION")),
    st.just(("write", "")),
    st.just(("edit", "")),
)


class Model:
    """What is expected. emails: of the rows of the person, in the order in which they were written. known: by which
    emails each case recognises the person while its restriction is on. hidden: the cases for which each row is
    restricted. begun: cases of which a restriction was begun once; on: those that are."""

    def __init__(self) -> None:
        self.present = 0
        self.emails = [_email(0)]
        self.hidden: list[set[str]] = [set()]
        self.known: dict[str, set[str]] = {}
        self.begun: set[str] = set()

    def restrict(self, case: str) -> None:
        """A restriction, by the email that its request names."""
        self.begun.add(case)
        self.known[case] = {_email(0)}
        self._hide(case)

    def lift(self, case: str) -> bool:
        """Whether there was something to lift."""
        self.known.pop(case, None)
        for one in self.hidden:
            one.discard(case)
        return case in self.begun

    def rectify(self) -> None:
        """Every row has the next email, and each restriction knows it too, and with it every row."""
        self.present += 1
        self.emails = [_email(self.present)] * len(self.emails)
        for case, known in self.known.items():
            known |= {_email(one) for one in range(self.present + 1)}
            self._hide(case)

    def write(self) -> None:
        """A new row with the present email."""
        self.emails.append(_email(self.present))
        self.hidden.append({case for case, known in self.known.items() if self.emails[-1] in known})

    def _hide(self, case: str) -> None:
        for email, hidden in zip(self.emails, self.hidden, strict=True):
            if email in self.known[case]:
                hidden.add(case)


def _email(number: int) -> str:
    return ME[1] if not number else f"anna{number}@example.org"


@pytest.mark.thorough
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=7))
def test_measures_in_any_order_do_what_the_model_says(keys: Keys, steps: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_played(Path(folder), keys, steps))


async def _played(folder: Path, keys: Keys, steps: list[tuple[str, str]]) -> None:
    async with harnessed(folder, keys) as harness:
        await harness.holders["deals"].keep(Card(id="row0", owner=_anna(0, ME[1]), others=(BERT,)))
        requests = {name: await searched(harness, one) for name, one in TYPES.items()}
        model = Model()
        for act, case in steps:
            assert await _outcome(harness, requests, model, act=act, case=case) == _expected(model, act, case)
            await _same(harness, model)


def _anna(number: int, email: str) -> Person:
    return Person(person_id=f"psn_{number}", name=NAME, email=email)


def _expected(model: Model, act: str, case: str) -> type[AppError] | None:
    """The refusal that the model expects; changes the model if there is none."""
    match act:
        case "restrict":
            model.restrict(case)
        case "lift":
            return None if model.lift(case) else NoMeasure
        case "uphold" | "overrule":
            if case not in model.known:
                return NoMeasure
            if act == "overrule":
                model.lift(case)
        case "rectify":
            model.rectify()
        case "write":
            model.write()
        case "edit":
            return Restricted if model.hidden[0] else None
    return None


async def _outcome(
    harness: Harness, requests: dict[str, SubjectRequest], model: Model, *, act: str, case: str
) -> type[AppError] | None:
    """Do it; the refusal."""
    try:
        match act:
            case "restrict":
                await restrict(harness, requests[case])
            case "lift":
                letter = RequestChannel.LETTER
                await harness.run(lift_restriction, LiftRestriction, case_id=requests[case].id, channel=letter)
                await take(harness, requests[case])
            case "uphold":
                upheld = ObjectionOutcome.UPHELD
                await harness.run(decide_objection, DecideObjection, case_id=requests[case].id, outcome=upheld)
            case "overrule":
                outcome = {"outcome": ObjectionOutcome.OVERRULED, "ground": GROUND}
                await harness.run(decide_objection, DecideObjection, case_id=requests[case].id, **outcome)
                await take(harness, requests[case])
            case "rectify":
                right, wrong = Person(email=_email(model.present + 1)), Person(email=_email(model.present))
                await rectify(harness, requests[case], right, wrong)
            case "write":
                number = len(model.emails)
                row = Card(id=f"row{number}", owner=_anna(number, _email(model.present)))
                await harness.holders["deals"].env.commit(create(CARDS, row), call=_manager())
            case "edit":
                await _edit(harness)
    except AppError as err:
        return type(err)
    return None


async def _edit(harness: Harness) -> None:
    """Somebody else than compliance would change the person in the first row."""
    env = harness.holders["deals"].env
    loaded = await get(env.store, CARDS, "row0")
    assert loaded is not None
    changed = replace(loaded.value, owner=replace(loaded.value.owner, email="other@example.org"))
    await env.restrictions.refuse([loaded.put(changed)], _manager())


def _manager() -> Call:
    caller = Caller(subject="dev:manager", permissions=frozenset())
    return replace(a_call(), caller=caller, method="/prm.deals.v1.DealRegistrationService/UpdateRegistration")


async def _same(harness: Harness, model: Model) -> None:
    """The rows and the restrictions are those of the model; the colleague is as before."""
    rows = [f"row{number}" for number in range(len(model.emails))]
    owners = [(await card(harness, "deals", one)).owner for one in rows]
    assert [one.email for one in owners] == model.emails
    assert (await card(harness, "deals", "row0")).others == (BERT,)
    known = harness.holders["deals"].env.restrictions
    hidden = {f"row{number}" for number, cases in enumerate(model.hidden) if cases}
    hidden |= {one.replace("row", "psn_") for one in hidden}
    assert await known.among([*rows, *(one.person_id for one in owners), BERT.person_id]) == hidden
