"""The package of a data subject: downloaded as a zip file by whoever may, complete or not at all."""

from collections.abc import AsyncIterator
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any
from zipfile import ZipFile

import pytest

from libs.packages.manifest import Unreadable
from libs.pb.prm.compliance import v1 as pb
from libs.runtime.cell import RunningCell
from services.console.packages import received
from tests.builders import an_id
from tests.component.console.browsing import Browser

CASE = an_id("dsr")
ROUNDS = 20


def piece(path: str, offset: int = 0) -> Any:
    return pb.ExportRequestResponse(chunk=pb.ExportChunk(path=path, offset_bytes=offset, data=b"x"))


def manifest(case: str = CASE) -> Any:
    return pb.ExportRequestResponse(manifest=pb.ExportManifest(case_id=case))


@pytest.mark.parametrize(
    "parts",
    [
        [piece("../evil"), manifest()],
        [piece("/etc/passwd"), manifest()],
        [piece("data/../../evil"), manifest()],
        [piece("C:\\evil"), manifest()],
        [piece("data/a.json", 1), manifest()],
        [piece("data/a.json"), manifest(an_id("dsr", 2))],
        [piece("data/a.json")],
    ],
)
async def test_a_package_that_is_not_whole_or_leads_elsewhere_is_none(parts: list[Any]) -> None:
    async def sent() -> AsyncIterator[Any]:
        for one in parts:
            yield one

    with SpooledTemporaryFile() as file, pytest.raises(Unreadable):
        await received(sent(), CASE, file)


async def test_a_package_is_downloaded_from_the_page_of_its_request(cell: RunningCell, browser: Browser) -> None:
    await browser.sign_in("compliance_officer")
    made = await browser.act(
        "compliance.CreateRequest",
        type="REQUEST_TYPE_ACCESS",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        aliases_0__field="ALIAS_FIELD_EMAIL",
        aliases_0__value="eleni@nordlicht.example",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
    )
    assert made.status == 200, made.text
    case = made.path.rpartition("/")[2]
    page, path = made, f"/documents/{case}/package"
    for _ in range(ROUNDS):
        if path in page.html:
            break
        await cell.settled()
        await cell.run_jobs()
        page = await browser.get(f"/documents/{case}")
    form = page.hidden(within=path)
    answer = (await browser.post(path, form)).answer
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{case}.zip"'
    assert answer.headers["cache-control"] == "no-store"
    with ZipFile(BytesIO(answer.content)) as found:
        assert found.testzip() is None
        assert "manifest.json" in found.namelist()
    assert (await browser.post(path, {"csrf": "another"})).status == 403
    for elsewhere in (an_id("reg"), "..%2f..%2fetc", "dsr"):
        assert (await browser.post(f"/documents/{elsewhere}/package", form)).status == 404
    await browser.sign_in("finance")
    other = (await browser.get("/cockpits/finance")).hidden(within="/sign-out")
    assert (await browser.post(path, other)).status == 404
