"""Partners compared with lists on a real store: at application, after a list or a name changed, and at approval."""

import csv
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.country import RegistrationIdType
from libs.errors import InvalidInput, NotFound
from libs.partner import PartnerStatus
from libs.pb.prm.partners import v1 as pb
from libs.store.listing import everything
from services.partners.application.usecases import transitions
from services.partners.record.domain.partner import Partner
from services.partners.screening import jobs, usecases
from services.partners.screening.api import Api
from services.partners.screening.consumers import CONSUMERS
from services.partners.screening.documents import SCREENING_NAMES, SCREENINGS
from services.partners.screening.domain.near import CERTAIN
from services.partners.screening.domain.screening import (
    Screening,
    ScreeningEntry,
    ScreeningEntryKind,
    ScreeningList,
    ScreeningListOlder,
    ScreeningOpen,
    ScreeningReason,
    ScreeningVerdict,
)
from services.partners.settings import Policy
from tests.builders import a_call, asked_by
from tests.component.partners.harness import Harness
from tests.data import DATA

FIRST, SECOND = date(2026, 1, 1), date(2026, 2, 1)
REAL = DATA / "er_ofac_entity_names.csv"


def entry(id: str, name: str, *aliases: str, country: str = "", **fields: Any) -> ScreeningEntry:
    """An organisation on a list."""
    content = {"kind": ScreeningEntryKind.ORGANISATION, **fields}
    return ScreeningEntry(entry_code=id, name=name, aliases=aliases, country=country, **content)


async def put(harness: Harness, *entries: ScreeningEntry, on: date = FIRST, final: bool = True) -> ScreeningList:
    """An edition of a list of one page, and what the job does after it."""
    content = {"list": "SDN", "published_on": on, "entries": entries, "final": final}
    done = await harness.run(usecases.put_screening_entries, usecases.PutScreeningEntries, **content)
    await work_off(harness)
    return done


async def work_off(harness: Harness) -> None:
    """Events arrive, and jobs run."""
    told, harness.told = harness.told, []
    for envelope in told:
        for consumer in CONSUMERS:
            if consumer.subject == envelope.subject.split(".", 2)[2]:
                await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))
    while await jobs.screen_partners(harness.env) or await jobs.drop_names(harness.env):
        pass


async def judge(harness: Harness, partner: Partner, id: str, verdict: ScreeningVerdict) -> Screening:
    """Clara judges."""
    command = usecases.JudgeScreeningCandidate(
        call=asked_by("dev:clara"),
        id=partner.id,
        list="SDN",
        entry_code=id,
        verdict=verdict,
        reason=ScreeningReason.OWNERS,
    )
    return await harness.env.run(usecases.judge_screening_candidate, command)


async def screening(harness: Harness, partner: Partner) -> list[tuple[str, bool, str]]:
    """Entry, whether it agrees to the letter, and verdict."""
    found = await harness.value(SCREENINGS, partner.id)
    return [(one.entry_code, one.exact, one.verdict.name if one.verdict else "") for one in found.candidates]


async def test_an_applicant_is_compared_to_the_letter_and_in_the_comparable_form(harness: Harness) -> None:
    await put(
        harness,
        entry("1", "Zweirad-Union GmbH"),
        entry("2", "Something", "ZWEIRAD UNION", country="DE"),
        entry("3", "Other", "Zweirad  Union e.V."),
        entry("4", "Kettenwerk"),
    )
    partner = await harness.apply()
    other = await harness.apply(legal_name="Vierrad")
    await work_off(harness)
    assert await screening(harness, partner) == [("2", True, ""), ("1", False, ""), ("3", False, "")]
    assert await screening(harness, other) == []


LISTED = (
    ("latin", "Nordwind Maschinenbau GmbH", "Nordwynd Maschinen-Bau AG"),
    ("cyrillic", "Северный Ветер", "Severnyi Veter LLC"),
    ("greek", "Αθηναϊκή Ναυτιλιακή", "Athinaiki Naftiliaki SA"),
    ("chinese", "東方紅星科技", "Dongfang Hongxing Keji Ltd"),
    ("kana", "さくら機械", "Sakura Kikai"),
)
"""Entry, its name on the list, and the name of a partner that is written differently."""


async def test_a_name_in_another_spelling_or_script_is_found_and_explained(harness: Harness) -> None:
    await put(harness, *(entry(code, name) for code, name, _ in LISTED), entry("other", "Kettenwerk Ost"))
    partners = {code: await harness.apply(legal_name=written) for code, _, written in LISTED}
    await work_off(harness)
    for code, name, _ in LISTED:
        [found] = (await harness.value(SCREENINGS, partners[code].id)).candidates
        assert (found.entry_code, found.name, found.exact) == (code, name, False)
        assert 7_500 <= found.probability_basis_points < CERTAIN
        assert found.parts[0].weight_thousandths
        assert [abs(one.weight_thousandths) for one in found.parts] == sorted(
            (abs(one.weight_thousandths) for one in found.parts), reverse=True
        )


@pytest.mark.parametrize(("at_least", "found"), [(10_000, []), (9_990, []), (7_500, ["latin"])])
async def test_how_near_a_name_must_be_is_a_setting(harness: Harness, at_least: int, found: list[str]) -> None:
    policy = Policy(screening_near_basis_points=at_least)
    harness.env.settings = replace(harness.env.settings, policy=policy)
    await put(harness, entry("latin", "Nordwind Maschinenbau GmbH"))
    partner = await harness.apply(legal_name="Nordwynd Maschinen-Bau AG")
    await work_off(harness)
    assert [one for one, _, _ in await screening(harness, partner)] == found


async def test_a_name_of_a_later_edition_is_found_and_one_of_an_earlier_is_not(harness: Harness) -> None:
    partner = await harness.apply(legal_name="Nordwynd Maschinen-Bau AG")
    await put(harness, entry("1", "Kettenwerk"))
    assert await screening(harness, partner) == []
    await put(harness, entry("2", "Nordwind Maschinenbau"), on=SECOND)
    assert await screening(harness, partner) == [("2", False, "")]
    await judge(harness, partner, "2", ScreeningVerdict.NO_MATCH)
    await put(harness, entry("2", "Nordwind Maschinenbau"), entry("3", "Zzyzx"), on=date(2026, 3, 1))
    assert await screening(harness, partner) == [("2", False, "NO_MATCH")]
    await put(harness, entry("3", "Zzyzx"), on=date(2026, 4, 1))
    assert await screening(harness, partner) == []


async def test_natural_persons_are_counted_and_not_stored(harness: Harness) -> None:
    person = entry("P", "Eva Grün", kind=ScreeningEntryKind.PERSON)
    api, page = Api(harness.env), {"year": 2026, "month": 1, "day": 1}
    request = pb.PutScreeningEntriesRequest(
        list="SDN",
        published_on=page,
        entries=[
            pb.ScreeningEntry(entry_code="P", name=person.name, kind=pb.SCREENING_ENTRY_KIND_PERSON),
            pb.ScreeningEntry(entry_code="O", name="Firma", kind=pb.SCREENING_ENTRY_KIND_ORGANISATION),
        ],
    )
    answer = await api.PutScreeningEntries(request, a_call())
    assert answer.persons_left_out == 1
    assert [one.name for one in await everything(harness.env.store, SCREENING_NAMES, {"name_key": "evagruen"})] == []
    assert len(await everything(harness.env.store, SCREENING_NAMES, {"name_key": "firma"})) == 1


async def test_a_pair_stays_judged_until_the_entry_or_the_name_changes(harness: Harness) -> None:
    partner = await harness.apply()
    await put(harness, entry("1", "Zweirad Union"), entry("2", "Neue Räder", "Zweirad Union"))
    await judge(harness, partner, "1", ScreeningVerdict.NO_MATCH)
    await judge(harness, partner, "2", ScreeningVerdict.MATCH)
    before = await harness.value(SCREENINGS, partner.id)
    assert (before.is_open, before.match_count, before.candidates[0].judged_by) == (False, 1, "dev:clara")
    await judge(harness, partner, "2", ScreeningVerdict.MATCH)
    assert (await harness.value(SCREENINGS, partner.id)).version == before.version
    await put(harness, entry("1", "Zweirad Union"), entry("2", "Neue Räder", "Zweirad Union", "More"), on=SECOND)
    assert await screening(harness, partner) == [("1", True, "NO_MATCH"), ("2", True, "")]
    await harness.update(partner.id, legal_name="Neue Räder")
    await work_off(harness)
    assert await screening(harness, partner) == [("2", True, "")]
    await harness.update(partner.id, legal_name="Zweirad Union")
    await work_off(harness)
    assert await screening(harness, partner) == [("1", True, ""), ("2", True, "")]


async def test_a_complete_edition_removes_what_it_does_not_have(harness: Harness) -> None:
    partner = await harness.apply()
    await put(harness, entry("1", "Zweirad Union"), entry("2", "Zweirad Union AG"))
    await put(harness, entry("2", "Zweirad Union AG"), on=SECOND, final=False)
    assert [one for one, _, _ in await screening(harness, partner)] == ["1", "2"]
    done = await put(harness, on=SECOND)
    assert (done.revision, done.published_on) == (2, SECOND)
    assert [one for one, _, _ in await screening(harness, partner)] == ["2"]
    assert len(await everything(harness.env.store, SCREENING_NAMES, {"name_key": "zweiradunion"})) == 1
    with pytest.raises(ScreeningListOlder):
        await put(harness, on=FIRST)


async def test_the_same_page_again_changes_nothing(harness: Harness) -> None:
    page = (entry("1", "Zweirad Union"),)
    one = await put(harness, *page)
    assert (await put(harness, *page)).version == one.version
    with pytest.raises(InvalidInput) as refused:
        await put(harness, *page, entry("1", "Other", country="ZZ"))
    assert [found.reason for found in refused.value.violations] == ["UNKNOWN_COUNTRY", "DUPLICATE_ENTRY"]


@pytest.mark.parametrize("required", [True, False])
async def test_an_approval_waits_for_the_judgement_if_the_policy_says_so(harness: Harness, required: bool) -> None:
    harness.env.settings = replace(harness.env.settings, policy=Policy(screening_required=required))
    await put(harness, entry("1", "Rad und Tat"))
    partner = await harness.apply(
        legal_name="Rad & Tat", registration_id="129274202", registration_id_type=RegistrationIdType.VAT
    )
    await harness.run(transitions.start_vetting, transitions.StartVetting, id=partner.id)
    approve = (transitions.approve_partner, transitions.ApprovePartner)
    if required:
        with pytest.raises(ScreeningOpen):  # although neither event nor job has come
            await harness.run(*approve, id=partner.id)
        await work_off(harness)
        await judge(harness, partner, "1", ScreeningVerdict.MATCH)  # a match does not block by itself
    assert (await harness.run(*approve, id=partner.id)).status is PartnerStatus.ACTIVE


async def test_a_list_shows_what_is_to_be_judged(harness: Harness) -> None:
    partner, _ = await harness.apply(), await harness.apply(legal_name="Vierrad")
    await put(harness, entry("1", "Zweirad Union"))
    api = Api(harness.env)
    listed = await api.ListScreenings(pb.ListScreeningsRequest(open_only=True), a_call())
    assert [(one.id, one.open_count) for one in listed.screenings] == [(partner.id, 1)]
    with pytest.raises(NotFound):
        await judge(harness, partner, "9", ScreeningVerdict.MATCH)
    await judge(harness, partner, "1", ScreeningVerdict.NO_MATCH)
    assert not (await api.ListScreenings(pb.ListScreeningsRequest(open_only=True), a_call())).screenings
    assert len((await api.ListScreenings(pb.ListScreeningsRequest(), a_call())).screenings) == 2


@pytest.mark.skipif(not REAL.exists(), reason="the real list is not here")
async def test_names_of_a_real_sanctions_list_are_found_in_other_spellings(harness: Harness) -> None:
    rows = list(csv.DictReader(REAL.read_text(encoding="utf-8").splitlines()))[:400]
    by_entry: dict[str, list[str]] = {}
    for row in rows:
        by_entry.setdefault(row["entity_id"], []).append(row["name"])
    entries = [entry(id, *names[:20]) for id, names in by_entry.items()]
    for start in range(0, len(entries), 50):
        await put(harness, *entries[start : start + 50], final=start + 50 >= len(entries))
    partners = {id: await harness.apply(legal_name=names[0].title()) for id, names in [*by_entry.items()][:20]}
    await work_off(harness)
    for id, partner in partners.items():
        assert id in [one for one, _, _ in await screening(harness, partner)]
