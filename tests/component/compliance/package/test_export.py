"""Everything held about a person, from every service, with a proof - or nothing."""

import asyncio
import csv
import hashlib
import json
import shutil
from asyncio.subprocess import DEVNULL
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import tink
from msgspec.structs import replace
from tink import cleartext_keyset_handle, signature
from tink.proto import ed25519_pb2, tink_pb2

from libs.packages.manifest import NotSearched
from libs.packages.verification import Loaded, verify
from libs.person import Person, PersonalText, PostalAddress
from libs.privacy.aliases import ALIASES, Alias
from libs.privacy.keys import AliasField as HashedField
from libs.privacy.keys import Keys
from libs.store.port import create
from libs.subject_data import Holdings
from services.compliance.package.domain.export import ExportExpired, ExportForged, ExportIncomplete
from services.compliance.package.usecases.assembly import Package
from services.compliance.package.usecases.export import RecordExport, make_package, record_export
from services.compliance.package.usecases.texts import Language, Texts
from services.compliance.package.usecases.withholding import Ground, withheld
from services.compliance.requests.domain.request import ROUNDS_AT_MOST, SERVICES
from services.compliance.requests.domain.states import RequestState
from services.export.checking import told as spoken
from tests.builders import a_call, an_id
from tests.component.compliance.harness import CARDS, Card, Harness

ME = Person(person_id=an_id("psn", 1), name="Ngozi Okafor", email="Ngozi@Example.org", phone="+49 30 901820")
OTHER = Person(person_id=an_id("psn", 2), name="Jo Doe", email="jo@example.org", address=PostalAddress(city="Ulm"))


def _verified(public_key: bytes, signed: bytes, data: bytes) -> bool:
    """Ed25519 from the 32 bytes of the public key alone, with a library that knows nothing of ours."""
    key = ed25519_pb2.Ed25519PublicKey(key_value=public_key)
    keyset = tink_pb2.Keyset(primary_key_id=1)
    added = keyset.key.add(status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW)
    added.key_data.type_url = "type.googleapis.com/google.crypto.tink.Ed25519PublicKey"
    added.key_data.value = key.SerializeToString()
    added.key_data.key_material_type = tink_pb2.KeyData.ASYMMETRIC_PUBLIC
    handle = cleartext_keyset_handle.from_keyset(keyset)
    try:
        handle.primitive(signature.PublicKeyVerify).verify(signed, data)
    except tink.TinkError:
        return False
    return True


async def test_a_package_has_every_row_of_every_service_and_proves_it(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME, others=(OTHER,), remark="=HYPERLINK()"))
    await harness.holders["tickets"].keep(
        Card(id="t1", owner=Person(person_id=ME.person_id, name="N. O."), remark="<b>")
    )
    await harness.holders["orders"].keep(Card(id="o1", owner=OTHER))
    request = await harness.search(await harness.ask(("EMAIL", "ngozi@example.org")))
    assert (request.state, request.round) == (RequestState.READY_FOR_REVIEW, 2)
    made = await harness.package(request)
    files = {one.path: one for one in made.files}
    assert made.manifest.services == SERVICES
    assert [one.path for one in made.files[-3:]] == ["manifest.json", "manifest.sig", "manifest.pub.pem"]
    proof = files["manifest.json"].data
    assert _verified(made.public_key, made.signature, proof)
    assert not _verified(made.public_key, made.signature, proof.replace(b"deals", b"dealz"))
    assert (files["manifest.sig"].data, files["manifest.json"].sha256) == (made.signature, made.sha256)
    assert verify(Loaded({path: one.data for path, one in files.items()}), made.public_key).findings == ()
    listed = json.loads(proof)["files"]
    assert [one["path"] for one in listed] == [one.path for one in made.files[:-3]]
    for one in listed:
        data = files[one["path"]].data
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (one["sha256"], one["size_bytes"])
    [deal] = [json.loads(line) for line in files["data/deals/card.json"].data.splitlines()]
    assert deal["owner"]["email"] == "Ngozi@Example.org"
    assert deal["others"] == [{**_blank(), "person_id": OTHER.person_id, "name": "***"}]
    assert files["data/orders/card.json"].data == b""
    assert len(files["data/tickets/card.json"].data.splitlines()) == 1
    for service in ("deals", "tickets"):
        schema = json.loads(files[f"data/{service}/card.schema.json"].data)
        for line in files[f"data/{service}/card.json"].data.splitlines():
            jsonschema.validate(json.loads(line), schema)
    assert b"'=HYPERLINK()" in files["data/deals/card.csv"].data
    assert b'<td dir="auto">&lt;b&gt;' in files["index.html"].data
    everything = b"".join(one.data for one in made.files)
    assert not [one for one in (b"Jo Doe", b"jo@example.org", b"Ulm") if one in everything]


def _blank() -> dict[str, Any]:
    return {"email": "", "phone": "", "address": None, "job_title": "", "locale": ""}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on the path")
async def test_openssl_alone_checks_the_signature_of_a_package(harness: Harness, tmp_path: Path) -> None:
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", "ngozi@example.org"))))
    for one in made.files[-3:]:
        (tmp_path / one.path).write_bytes(one.data)
    proof = tmp_path / "manifest.json"
    assert await _openssl(proof) == 0
    proof.write_bytes(made.files[-3].data + b" ")
    assert await _openssl(proof) == 1


async def _openssl(proof: Path) -> int:
    """The exit code of openssl, asked whether manifest.sig is the signature of a file by the key beside it."""
    check = ("-verify", "-rawin", "-pubin", "-inkey", "manifest.pub.pem", "-sigfile", "manifest.sig", "-in", proof.name)
    process = await asyncio.create_subprocess_exec(
        "openssl", "pkeyutl", *check, cwd=proof.parent, stdout=DEVNULL, stderr=DEVNULL
    )
    return await process.wait()


async def test_taken_twice_it_is_the_same_and_the_first_time_completes_the_request(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.search(await harness.ask(("EMAIL", "ngozi@example.org")))
    first = await harness.package(request)
    harness.clock.advance(timedelta(minutes=20))
    taken = RecordExport(call=a_call(), id=request.id, manifest=first.manifest, sha256=first.sha256)
    done = await harness.env.run(record_export, taken)
    assert done.state is RequestState.COMPLETED
    assert await harness.package(request) == first


@pytest.mark.parametrize("silent", SERVICES)
async def test_while_a_service_is_down_nothing_is_handed_out_and_its_answer_is_taken_when_it_is_back(
    harness: Harness, silent: str
) -> None:
    request = await harness.ask(("EMAIL", "ngozi@example.org"))
    others = [one for one in SERVICES if one != silent]
    await harness.hear(*await harness.answers(harness.opened(), *others))
    with pytest.raises(ExportIncomplete) as refused:
        await harness.package(request)
    assert refused.value.metadata == {"id": request.id, "services": silent}
    done = await harness.search(request)
    assert done.state is RequestState.READY_FOR_REVIEW
    assert {one.service for one in (await harness.package(done)).manifest.answers} == set(SERVICES)


async def test_an_object_that_was_altered_swapped_or_lost_stops_the_export(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.search(await harness.ask(("EMAIL", "ngozi@example.org")))
    names = {one.service: one.object_name for one in request.present_answers}
    deals, orders = names["deals"], names["orders"]
    whole = dict(harness.shelf.objects)
    mine, theirs = (harness.holders[one].env.keys for one in ("deals", "orders"))
    forgeries = [
        whole[deals][:-1] + bytes([whole[deals][-1] ^ 1]),
        whole[orders],
        mine.seal(theirs.unseal(whole[orders], orders), deals),
        theirs.seal(mine.unseal(whole[deals], deals), deals),
        mine.seal(b"{}", deals),
    ]
    for forged in forgeries:
        harness.shelf.objects[deals] = forged
        with pytest.raises(ExportForged) as refused:
            await harness.package(request)
        assert refused.value.metadata == {"id": request.id, "service": "deals"}
    del harness.shelf.objects[deals]
    with pytest.raises(ExportExpired) as gone:
        await harness.package(request)
    assert gone.value.metadata == {"id": request.id, "service": "deals"}
    harness.shelf.objects = whole
    assert (await harness.package(request)).manifest.row_count == 2  # the card, and the request itself


async def test_an_answer_made_again_after_the_rows_changed_does_not_spoil_the_first(harness: Harness) -> None:
    deals = harness.holders["deals"]
    await deals.keep(Card(id="d1", owner=ME))
    request = await harness.ask(("PERSON_ID", ME.person_id), ("EMAIL", ME.email), ("PHONE", ME.phone))
    opened = harness.opened()
    await harness.hear(*await harness.answers(opened))
    assert (await harness.request(request)).round == 1
    before = await harness.package(request)
    await deals.keep(Card(id="d2", owner=ME))
    again = await deals.answer(opened)
    await harness.hear(again)
    assert await harness.package(request) == before


async def test_what_was_asked_before_is_part_of_what_is_held_however_the_number_was_written(harness: Harness) -> None:
    first = await harness.search(await harness.ask(("PHONE", "030 901820")))
    second = await harness.search(await harness.ask(("PHONE", "+49 30 901820")))
    made = await harness.package(second)
    lines = next(one for one in made.files if one.path == "data/compliance/subject_request.json").data.splitlines()
    assert {json.loads(line)["id"] for line in lines} == {first.id, second.id}


async def test_a_request_of_somebody_who_shares_a_number_shows_none_of_their_other_aliases(harness: Harness) -> None:
    theirs = await harness.search(await harness.ask(("PHONE", "030 901820"), ("EMAIL", "somebody.else@example.org")))
    mine = await harness.search(await harness.ask(("PHONE", "030 901820"), ("EMAIL", "me@example.org")))
    files = (await harness.package(mine)).files
    assert [one.path for one in files if b"somebody.else" in one.data] == []
    lines = next(one for one in files if one.path == "data/compliance/subject_request.json").data.splitlines()
    shown = {row["id"]: [one["value"] for one in row["aliases"]] for row in map(json.loads, lines)}
    assert shown == {theirs.id: ["030 901820", "***"], mine.id: ["030 901820", "me@example.org"]}


async def test_a_person_is_followed_from_alias_to_alias_to_the_end(harness: Harness) -> None:
    for number in range(ROUNDS_AT_MOST - 2):
        await harness.holders[ENDS[number % 2]].keep(_link(number))
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", "e0@example.org"))))
    assert (made.manifest.rounds, made.manifest.unsearched_hashes) == (ROUNDS_AT_MOST - 1, ())
    assert made.manifest.row_count == ROUNDS_AT_MOST - 1  # every card, and the request itself
    assert verify(_held(made), made.public_key).findings == ()


async def test_a_search_that_was_stopped_says_so_in_the_package_and_to_whom_checks_it(
    harness: Harness, keys: Keys
) -> None:
    for number in range(ROUNDS_AT_MOST):
        await harness.holders[ENDS[number % 2]].keep(_link(number))
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", "e0@example.org"))))
    why = f"the search was stopped after {ROUNDS_AT_MOST} rounds"
    last = keys.blind(HashedField.EMAIL, f"e{ROUNDS_AT_MOST // 2}@example.org")
    assert (made.manifest.unsearched_hashes, made.manifest.search_stopped) == ((last,), why)
    assert last not in made.manifest.alias_hashes
    assert verify(_held(made), made.public_key).findings == (
        f"UNSEARCHED: 1 aliases were found and not looked for: {why}",
    )
    page = next(one for one in made.files if one.path == "index.html").data.decode()
    assert f"This is not everything: {why}" in page


async def test_a_service_that_was_asked_and_whose_answer_got_lost_is_missed_by_whom_checks_the_package(
    harness: Harness,
) -> None:
    request = await harness.search(await harness.ask(("EMAIL", "e0@example.org")))
    lost = replace(request, answers=tuple(one for one in request.answers if one.service != "orders"))
    made = await make_package(harness.env, lost)
    assert verify(_held(made), made.public_key).findings == ("SILENT: orders was asked and has not answered",)


async def test_a_row_that_an_earlier_release_hashed_in_its_own_way_is_in_the_package(
    harness: Harness, keys: Keys
) -> None:
    card = Card(id="d1", owner=Person(email="mailto:Ngozi@Example.org."))
    formerly = keys.blind(HashedField.EMAIL, "mailto:ngozi@example.org.")
    alias = Alias(id=f"{formerly}:card:d1", hash=formerly, kind="card", row="d1")
    await harness.holders["deals"].env.store.commit([create(CARDS, card), create(ALIASES, alias)])
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", ME.email))))
    assert made.manifest.row_count == 2  # the card, and the request itself
    assert not [one for one in made.manifest.withheld if "earlier release" in one]


async def test_where_nobody_looked_is_in_the_manifest_in_both_files_and_on_the_page(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    await harness.holders["deals"].keep(Card(id="d2", owner=OTHER, note=PersonalText(text="Ngozi called")))
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", ME.email))))
    files = {one.path: one.data for one in made.files}
    deals = [one for one in made.manifest.not_searched if one.service == "deals"]
    assert deals == [
        NotSearched("deals", "card", "TEXT", ("note",), 2),
        NotSearched("deals", "card", "NAME", ("owner", "others[]"), 2),
    ]
    lines = [msgspec.json.decode(line, type=NotSearched) for line in files["not_searched.json"].splitlines()]
    assert tuple(lines) == made.manifest.not_searched
    told = [one for one in csv.DictReader(files["not_searched.csv"].decode().splitlines()) if one["service"] == "deals"]
    assert [(one["what"], one["field"], one["documents"]) for one in told] == [
        *(("TEXT", "note", "2"), ("NAME", "owner", "2"), ("NAME", "others[]", "2")),
    ]
    page = unescape(files["index.html"].decode())
    assert "Where nobody looked for you" in page
    assert '<tr><td>Deals<td>card\n<td>2<td><span lang="en" dir="ltr">owner, others[]' in page
    report = verify(_held(made), made.public_key)
    assert report.manifest is not None
    assert report.manifest.not_searched == made.manifest.not_searched
    assert "  deals, card (2), TEXT: note" in list(spoken(report))


def test_an_answer_that_was_given_before_every_row_could_be_found_is_named() -> None:
    early = Holdings(service="deals", case_id=an_id("dsr"), round=1, sections=(), renewed=False)
    [said] = [one for one in withheld([early]) if one.ground is Ground.UNRENEWED]
    assert said.sentence(Texts(Language.ENGLISH)).startswith("deals: rows of an earlier release")


ENDS = ("deals", "tickets")


def _link(number: int) -> Card:
    """Of one person: e0 and its first id, that id and e1, e1 and its second id, and so on."""
    known = Person(person_id=an_id("psn", number // 2), email=f"e{(number + 1) // 2}@example.org")
    return Card(id=f"c{number}", owner=known)


def _held(made: Package) -> Loaded:
    return Loaded({one.path: one.data for one in made.files})


@pytest.mark.parametrize("asked", ["030 901821", "+49 30 901821", "+4930901821", "0049 30 901821"])
async def test_a_number_that_was_stored_without_its_country_is_found_and_followed(harness: Harness, asked: str) -> None:
    await harness.holders["tickets"].keep(Card(id="t1", owner=Person(phone="030 901821"), country="DE"))
    german = Person(email="jo@example.org", phone="+49 30 901821")
    await harness.holders["partners"].keep(Card(id="p1", owner=german))
    await harness.holders["deals"].keep(Card(id="d1", owner=Person(email="JO@example.org")))
    made = await harness.package(await harness.search(await harness.ask(("PHONE", asked))))
    assert made.manifest.row_count == 4  # the request itself, too


async def test_a_number_stored_without_its_country_is_followed_as_one_of_the_country_of_its_row(
    harness: Harness,
) -> None:
    known = Person(email="jo@example.org", phone="0664 1234567")
    await harness.holders["tickets"].keep(Card(id="t1", owner=known, country="AT"))
    for id, phone in (("p1", "+43 664 1234567"), ("p2", "+49 664 1234567")):
        await harness.holders["partners"].keep(Card(id=id, owner=Person(phone=phone)))
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", "jo@example.org"))))
    files = {one.path: one.data for one in made.files}
    assert [json.loads(line)["id"] for line in files["data/partners/card.json"].splitlines()] == ["p1"]


async def test_a_number_is_found_as_it_was_written_whatever_country_its_row_is_of(harness: Harness) -> None:
    await harness.holders["tickets"].keep(Card(id="t1", owner=Person(phone="030 901821"), country="AT"))
    for asked, rows in (("030/901821", 2), ("+49 30 901821", 1)):
        made = await harness.package(await harness.search(await harness.ask(("PHONE", asked), country="DE")))
        counts = {one.service: one.counts for one in made.manifest.answers}
        assert counts["tickets"][0].rows == rows - 1


async def test_what_was_masked_is_withheld_with_its_ground_in_the_manifest_and_on_the_page(harness: Harness) -> None:
    note = PersonalText(person_id=OTHER.person_id, text="Jo is ill")
    await harness.holders["deals"].keep(Card(id="d1", owner=ME, others=(OTHER,), note=note))
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", ME.email))))
    masked = "1 persons, 1 texts and 0 fields masked as ***, being another's (rights of others)"
    assert f"deals, card: {masked}" in made.manifest.withheld
    files = {one.path: one.data for one in made.files}
    assert b"Jo is ill" not in b"".join(files.values())
    assert f"Deals, card: {masked}" in unescape(files["index.html"].decode())


async def test_what_no_service_searches_is_withheld_with_the_time_that_it_is_kept(harness: Harness) -> None:
    made = await harness.package(await harness.search(await harness.ask(("EMAIL", ME.email))))
    [said] = made.manifest.withheld
    assert said.startswith("every service: the answers that are kept so that a repeated request")
    assert said.endswith("deleted after 7 days")
    page = next(one for one in made.files if one.path == "index.html").data.decode()
    assert said in unescape(page)


async def test_an_event_says_nothing_in_the_clear(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME, remark="a secret"))
    await harness.search(await harness.ask(("EMAIL", "ngozi@example.org"), subject=ME))
    told = b"".join(one.body for one in [*harness.told, *harness.holders["deals"].told])
    sealed = b"".join(harness.shelf.objects.values())
    for secret in (b"ngozi", b"Ngozi", b"901820", b"a secret"):
        assert secret not in told
        assert secret not in sealed
