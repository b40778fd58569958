"""No text that a caller sends stops a consumer, or is more than refused where it is asked for."""

import pytest

from libs.errors import InvalidInput
from libs.packages.verification import Loaded, verify
from libs.person import Person, PersonalText, PostalAddress
from tests.builders import an_id
from tests.component.compliance.harness import Card, Harness

ME = Person(person_id=an_id("psn", 1), name="Ngozi Okafor", email="Ngozi@Example.org", phone="+49 30 901820")
NASTY = (
    *(
        "a@xn--ib9b.de",
        "a@xn--",
        "a@XN--99999999999999999999.de",
        f"a@{'ü' * 64}.de",
        "\N{COMBINING ACUTE ACCENT}@x.de",
    ),
    *(
        "\N{RIGHT-TO-LEFT OVERRIDE}a@b.de",
        "a@b@c.de",
        "@",
        "a@.",
        "İ@İ.de",
        "٣",
        "²",
        "9" * 40,
        "+",
        "xn--ib9b",
        "\U0010ffff",
    ),
)


@pytest.mark.parametrize("text", NASTY)
async def test_no_text_of_a_row_stops_the_export_of_whoever_shares_an_alias_with_it(
    harness: Harness, text: str
) -> None:
    theirs = Person(name=text, email=text, phone=ME.phone, job_title=text, address=PostalAddress(city=text))
    await harness.holders["tickets"].keep(Card(id="t1", owner=theirs, remark=text, note=PersonalText(text=text)))
    await harness.holders["deals"].keep(Card(id="d1", owner=Person(email=ME.email, phone=text)))
    request = await harness.search(await harness.ask(("PHONE", ME.phone), ("EMAIL", ME.email)))
    made = await harness.package(request)
    assert made.manifest.row_count == 3  # both cards, and the request itself
    assert verify(Loaded({one.path: one.data for one in made.files}), made.public_key).findings == ()


async def _why_refused(harness: Harness, field: str, text: str) -> list[str]:
    try:
        request = await harness.ask((field, text))
    except InvalidInput as refused:
        return [one.reason for one in refused.violations]
    assert request.alias_hashes
    return []


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("field", ["EMAIL", "PHONE", "PERSON_ID"])
async def test_any_text_is_an_alias_or_refused_as_none(harness: Harness, field: str, text: str) -> None:
    assert await _why_refused(harness, field, text) in ([], [f"NO_{field}"])
