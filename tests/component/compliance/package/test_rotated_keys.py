"""A package, a certificate and a trail that were signed before the keys were rotated verify after it, and so do new."""

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from libs.audit.signatures import keys_given
from libs.audit.verification import verify as verify_trail
from libs.packages.verification import Loaded, verify
from libs.privacy.keys import RETIRED_AFTER, Keys, create_keys, open_keys, rotate_signing
from libs.privacy.keysets import KeysDamaged
from services.__main__ import SERVICES
from services.compliance.package.usecases.assembly import Package
from services.compliance.service import COMPOSITION
from tests.builders import NOW
from tests.component.compliance.erasure.acts import erase, searched
from tests.component.compliance.harness import Harness
from tests.component.compliance.trail_harness import Trail
from tests.component.replica import opened

ME = ("EMAIL", "ngozi@example.org")
ROTATED = NOW + timedelta(minutes=1)  # so long ago that the former keys are retired


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rotated")
    create_keys(made, SERVICES)
    return made


@pytest.fixture
def keys(folder: Path) -> Keys:
    return open_keys(folder).of("compliance")


def rotate(folder: Path) -> None:
    for service in SERVICES:
        rotate_signing(folder, service, ROTATED)


def _files(made: Package) -> Loaded:
    return Loaded({one.path: one.data for one in made.files})


async def test_a_package_and_a_certificate_from_before_and_after_verify_with_one_file(
    harness: Harness, keys: Keys, folder: Path
) -> None:
    waiting = await harness.ask(ME)
    answers = await harness.answers(harness.opened())  # signed with the former keys, and heard after the rotation
    request = await harness.search(await harness.ask(ME))
    before, former = await harness.package(request), keys.public_key
    certified = (await erase(harness, await searched(harness, ("EMAIL", "bo@example.org")))).certificate
    rotate(folder)
    await harness.hear(*answers)
    assert "deals" not in (await harness.request(waiting)).missing_services
    after = await harness.package(await harness.search(await harness.ask(ME)))
    assert (before.public_key, after.public_key) == (former, keys.public_key)
    assert former != keys.public_key
    trusted = keys_given(str(folder / "public-keys"))
    assert [verify(_files(one), trusted).findings for one in (before, after)] == [(), ()]
    assert verify(_files(after), former).findings != ()
    assert certified is not None
    assert json.loads(certified.content)["reached"]
    assert keys.verify(certified.signature, certified.content, by="compliance")


async def test_a_trail_whose_checkpoints_were_signed_before_and_after_verifies(
    tmp_path: Path, keys: Keys, folder: Path
) -> None:
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        trail = Trail(store, keys)
        await trail.hear_some(60)
        await trail.extend()
        rotate(folder)
        trail.clock.advance(RETIRED_AFTER + timedelta(hours=1))
        await trail.hear_some(60)
        await trail.extend()
        report = verify_trail(BytesIO(await trail.export()), keys_given(str(folder / "public-keys")))
        assert (report.entries, report.findings) == (120, ())


async def test_a_process_that_still_has_the_retired_key_hands_out_nothing(harness: Harness, folder: Path) -> None:
    request = await harness.search(await harness.ask(ME))
    former = (folder / "compliance" / "signing.json").read_bytes()
    rotate(folder)
    (folder / "compliance" / "signing.json").write_bytes(former)
    with pytest.raises(KeysDamaged):
        await harness.package(request)
