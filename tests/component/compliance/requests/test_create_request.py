"""A request is recorded if somebody can be searched for and the type can be fulfilled; everything wrong is named."""

from typing import Any

import pytest

from libs.errors import InvalidInput
from libs.person import Person
from libs.store.port import Query
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.states import BUILT_TYPES, RequestState, RequestType
from tests.builders import an_id
from tests.component.compliance.harness import Harness


async def test_another_request_about_the_same_person_does_not_stand_in_the_way(harness: Harness) -> None:
    strangers = await harness.ask(("EMAIL", "ngozi@example.org"))
    own = await harness.ask(("EMAIL", "ngozi@example.org"))
    assert own.id != strangers.id
    assert (await harness.search(own)).state is RequestState.READY_FOR_REVIEW


async def test_somebody_without_an_alias_and_countries_that_are_none_are_refused(harness: Harness) -> None:
    refusals: list[tuple[dict[str, Any], str, str]] = [
        ({}, "aliases", "NO_ALIAS"),
        ({"subject": Person(name="Nobody")}, "aliases", "NO_ALIAS"),
        ({"country": "XQ"}, "country", "UNKNOWN_COUNTRY"),
    ]
    for fields, field, reason in refusals:
        with pytest.raises(InvalidInput) as refused:
            await harness.ask(**fields)
        assert [(one.field, one.reason) for one in refused.value.violations] == [(field, reason)]


@pytest.mark.parametrize("type", [one for one in RequestType if one not in BUILT_TYPES])
async def test_a_request_of_a_type_that_is_not_built_is_refused_and_none_is_recorded(
    harness: Harness, type: RequestType
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await harness.ask(("EMAIL", "ngozi@example.org"), ("PHONE", "none"), type=type)
    wrong = [(one.field, one.reason) for one in refused.value.violations]
    assert wrong == [("type", "TYPE_NOT_BUILT"), ("aliases[1].value", "NO_PHONE")]
    assert type.name in str(refused.value)
    assert "ACCESS, PORTABILITY" in str(refused.value)
    assert harness.told == []
    assert (await harness.env.store.find(Query(kind=REQUESTS))).rows == []


@pytest.mark.parametrize("type", [one for one in RequestType if one in BUILT_TYPES])
async def test_a_request_of_a_type_that_is_built_is_recorded(harness: Harness, type: RequestType) -> None:
    assert (await harness.ask(("EMAIL", "ngozi@example.org"), type=type)).type is type


async def test_every_alias_by_which_nobody_could_be_found_is_named(harness: Harness) -> None:
    wrong = [("EMAIL", "Ngozi Okafor"), ("EMAIL", "a b@example.org"), ("PHONE", "unknown"), ("PERSON_ID", " ")]
    with pytest.raises(InvalidInput) as refused:
        await harness.ask(
            *wrong, ("EMAIL", " Ngozi@Example.org "), ("PHONE", "030 901820"), ("PERSON_ID", an_id("psn"))
        )
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("aliases[0].value", "NO_EMAIL"),
        ("aliases[1].value", "NO_EMAIL"),
        ("aliases[2].value", "NO_PHONE"),
        ("aliases[3].value", "NO_PERSON_ID"),
    ]
    assert not [value for _, value in wrong if value.strip() and value in str(refused.value)]
