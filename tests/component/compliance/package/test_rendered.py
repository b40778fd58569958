"""A package is rendered once and signed each time, and what was rendered is handed out only while it says all."""

from pathlib import Path

import pytest

from services.compliance.package.usecases.assembly import Package
from services.compliance.package.usecases.export import make_package
from services.compliance.requests.domain.request import RequestErased
from tests.component.compliance.erasure.acts import erase, searched
from tests.component.compliance.harness import Card, Harness
from tests.component.compliance.package.test_export import ME
from tests.component.compliance.package.test_rotated_keys import folder as folder
from tests.component.compliance.package.test_rotated_keys import keys as keys
from tests.component.compliance.package.test_rotated_keys import rotate

ASKED = ("EMAIL", ME.email)


def _page(made: Package) -> object:
    return next(one for one in made.files if one.path == "index.html")


async def test_a_package_that_is_taken_again_is_not_rendered_again_and_is_signed_again(
    harness: Harness, folder: Path
) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.search(await harness.ask(ASKED))
    first, again = await harness.package(request), await harness.package(request)
    assert again == first
    assert _page(again) is _page(first)
    rotate(folder)
    rotated = await harness.package(request)
    assert rotated.manifest == first.manifest
    assert (rotated.public_key != first.public_key, rotated.signature != first.signature) == (True, True)


async def test_in_another_language_it_is_another_package(harness: Harness) -> None:
    request = await harness.search(await harness.ask(ASKED))
    english = await harness.package(request)
    german = await make_package(harness.env, await harness.request(request), language="de")
    assert (english.manifest.language, german.manifest.language) == ("en", "de")
    assert _page(await harness.package(request)) is _page(english)


async def test_what_was_rendered_before_an_erasure_is_not_handed_out_after_it(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await searched(harness, ASKED)
    assert (await harness.package(request)).manifest.row_count == 2
    await erase(harness, request)
    with pytest.raises(RequestErased):
        await harness.package(request)
