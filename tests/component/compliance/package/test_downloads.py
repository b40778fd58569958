"""A package can be downloaded for a time, every download is counted, and then it can be made anew."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput
from libs.lifetime import alongside
from libs.messaging.events import EventCodec
from libs.packages.encryption import decrypt
from libs.packages.verification import verify
from libs.person import Person
from libs.subject_data import SubjectAsked
from services.compliance.package.domain.export import ExportExpired
from services.compliance.package.reads import downloads_of, packages_of
from services.compliance.package.usecases.assembly import Package
from services.compliance.package.usecases.export import (
    ExportRequest,
    RecordExport,
    export_request,
    record_export,
)
from services.compliance.package.usecases.objects import delete_objects
from services.compliance.package.usecases.sending import files_to_send
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import RequestState
from services.compliance.settings import Downloads
from tests.builders import a_call
from tests.component.compliance.harness import Card, Harness
from tests.unit.libs.packages.ages import IDENTITY, RECIPIENT, archive_of

PERIOD = Downloads().download_period
ME = "ngozi@example.org"


async def _answering(harness: Harness, request: SubjectRequest) -> None:
    """Every service answers every round that is opened after that of the request."""
    answered = request.round
    while True:
        if (asked := EventCodec.decode(harness.opened(), SubjectAsked).round) > answered:
            answered = asked
            await harness.hear(*await harness.answers(harness.opened()))
        await asyncio.sleep(0)


async def _taken(harness: Harness, request: SubjectRequest, *, anew: bool = False) -> Package:
    async with alongside(_answering(harness, await harness.request(request))):
        made = await export_request(harness.env, ExportRequest(call=a_call(), id=request.id, anew=anew))
    await harness.run(record_export, RecordExport, id=request.id, manifest=made.manifest, sha256=made.sha256)
    return made


async def test_every_download_is_an_event_and_is_counted(harness: Harness) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    for _ in range(3):
        made = await _taken(harness, request)
    [package] = await packages_of(harness.env.store, request.id)
    assert (package.downloads, package.sha256, package.row_count) == (3, made.sha256, made.manifest.row_count)
    assert len([one for one in harness.told if one.type.endswith("SubjectRequestExported")]) == 3
    assert await downloads_of(harness.env.store, request, Downloads()) is None  # of an earlier round
    assert (
        await downloads_of(harness.env.store, await harness.request(request), Downloads())
        == harness.clock.now() + PERIOD
    )


async def test_after_its_time_a_package_is_refused_clearly_and_can_be_made_anew_with_what_is_stored_then(
    harness: Harness,
) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    first = await _taken(harness, request)
    completed = (await harness.request(request)).complete_time
    harness.clock.advance(PERIOD - timedelta(seconds=1))
    assert (await _taken(harness, request)).sha256 == first.sha256
    harness.clock.advance(timedelta(seconds=1))
    for _ in range(2):  # before and after the objects are deleted
        with pytest.raises(ExportExpired, match=r"its downloads ended at .*; make the package anew"):
            await _taken(harness, request)
        while await delete_objects(harness.env):
            pass
    await harness.holders["deals"].keep(Card(id="d1", owner=Person(email=ME)))
    made = await _taken(harness, request, anew=True)
    assert made.manifest.row_count == first.manifest.row_count + 1
    assert verify(archive_of(made.files), made.public_key).sound
    done = await harness.request(request)
    assert (done.state, done.complete_time) == (RequestState.COMPLETED, completed)
    events = [one.type.rpartition(".")[2] for one in harness.told]
    assert events.count("SubjectRequestCompleted") == 1
    assert (await _taken(harness, request)).sha256 == made.sha256
    assert [one.downloads for one in await packages_of(harness.env.store, request.id)] == [2, 2]


async def test_a_package_that_is_made_anew_before_its_time_is_over_takes_the_place_of_the_first(
    harness: Harness,
) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    await _taken(harness, request)
    harness.clock.advance(PERIOD / 2)
    await _taken(harness, request, anew=True)
    harness.clock.advance(PERIOD / 2)
    while await delete_objects(harness.env):
        pass
    await _taken(harness, request)


async def test_an_encrypted_package_is_one_file_that_only_its_recipient_opens(harness: Harness) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    made = await harness.package(request)
    assert await files_to_send(harness.env, made, "") == made.files
    [sent] = await files_to_send(harness.env, made, RECIPIENT)
    assert (sent.path, sent.data[:22]) == ("package.zip.age", b"age-encryption.org/v1\n")
    assert request.id.encode() not in sent.data
    assert verify(archive_of(decrypt(sent.data, IDENTITY)), made.public_key).sound


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"recipient": "age1" + "q" * 58}, "NOT_A_RECIPIENT"),
        ({"recipient": "x"}, "NOT_A_RECIPIENT"),
        ({"language": "fr"}, "LANGUAGE_NOT_BUILT"),
    ],
)
async def test_a_recipient_or_a_language_that_is_none_is_refused_before_anything_is_asked(
    harness: Harness, wrong: dict[str, Any], reason: str
) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    told = len(harness.told)
    with pytest.raises(InvalidInput) as refused:
        await export_request(harness.env, ExportRequest(call=a_call(), id=request.id, **wrong))
    assert [one.reason for one in refused.value.violations] == [reason]
    assert len(harness.told) == told
