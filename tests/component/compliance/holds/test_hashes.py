"""The hashes of a person are encrypted in the rows of requests and holds, and unreadable in every copy afterwards."""

import pytest
from msgspec.structs import replace

from libs.privacy.sealing.migration import SETTLED, seal_documents
from libs.privacy.sealing.seal import Seal
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.vault import KeyLost
from libs.store.codec import encode
from libs.store.port import D, Kind, create, get
from services.compliance.handling.usecases import WithdrawRequest, withdraw_request
from services.compliance.holds.documents import HOLDS
from services.compliance.holds.domain import hold_id
from services.compliance.holds.usecases import (
    PlaceLegalHold,
    ReleaseLegalHold,
    place_legal_hold,
    release_legal_hold,
)
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import RequestState
from tests.component.compliance.erasure.acts import erase, searched
from tests.component.compliance.harness import Harness
from tests.needles import forms

ME = ("EMAIL", "anna@example.org")


def _store(harness: Harness) -> SealedStore:
    assert isinstance(harness.env.store, SealedStore)
    return harness.env.store


async def _row(harness: Harness, kind: Kind[D], id: str) -> D:
    """A row as the engine has it."""
    loaded = await get(_store(harness).inner, kind, id)
    assert loaded is not None
    return loaded.value


async def _opened(harness: Harness, seal: Seal, copy: D) -> D:
    """A copy of a row, opened with the keys that there are, by somebody who knows of no erasure."""
    keys = {key.sheet for _, key in seal.keys_in(copy)}
    sheets = await _store(harness).vault.sheets(keys)
    document: D = seal.open(copy, sheets.get)
    return document


async def _held(harness: Harness) -> SubjectRequest:
    request = await harness.search(await harness.ask(ME))
    await harness.run(place_legal_hold, PlaceLegalHold, case_id=request.id, matter="2-O-17/26")
    return request


async def test_rows_of_an_earlier_release_are_encrypted_and_found_as_before(harness: Harness) -> None:
    request = await _held(harness)
    store, hold = _store(harness), await harness.value(HOLDS, hold_id(request.id))
    clear = (
        create(HOLDS, replace(hold, id="hld_old")),
        create(REQUESTS, replace(request, id="dsr_old", aliases=(), object_name="")),
    )
    await store.inner.commit(clear)
    needles = tuple(forms(set(request.alias_hashes)))
    hold_row = await _row(harness, HOLDS, "hld_old")
    assert any(one in encode(hold_row) for one in needles)
    now = harness.clock.now()
    while await seal_documents(store, now, ordered=True):
        now += SETTLED
    assert store.strict
    hold_row, request_row = await _row(harness, HOLDS, "hld_old"), await _row(harness, REQUESTS, "dsr_old")
    assert not any(one in encode(row) for one in needles for row in (hold_row, request_row))
    assert (await harness.value(HOLDS, "hld_old")).alias_hashes == request.alias_hashes
    assert (await harness.value(REQUESTS, "dsr_old")).alias_hashes == request.alias_hashes


async def test_the_hashes_of_a_released_hold_are_unreadable_in_an_earlier_copy_at_once(harness: Harness) -> None:
    request = await _held(harness)
    seal, copy = _store(harness).seals[HOLDS.name], await _row(harness, HOLDS, hold_id(request.id))
    opened = await _opened(harness, seal, copy)
    assert opened.alias_hashes == request.alias_hashes
    await harness.run(release_legal_hold, ReleaseLegalHold, id=hold_id(request.id))
    with pytest.raises(KeyLost):
        await _opened(harness, seal, copy)


async def test_the_hashes_of_an_erasure_are_unreadable_in_an_earlier_copy_once_it_is_certified(
    harness: Harness,
) -> None:
    request = await searched(harness, ME)
    seal, copy = _store(harness).seals[REQUESTS.name], await _row(harness, REQUESTS, request.id)
    bare = replace(copy, subject=None, aliases=())
    assert (await _opened(harness, seal, bare)).alias_hashes == request.alias_hashes
    await erase(harness, request)
    assert (await harness.value(REQUESTS, request.id)).alias_hashes == ()
    with pytest.raises(KeyLost):
        await _opened(harness, seal, bare)


async def test_an_ended_request_loses_its_hashes_with_the_person(harness: Harness) -> None:
    ended = await harness.search(await harness.ask(ME))
    await harness.run(withdraw_request, WithdrawRequest, id=ended.id)
    copy = replace(await _row(harness, REQUESTS, ended.id), aliases=())
    await erase(harness, await searched(harness, ME))
    with pytest.raises(KeyLost):
        await _opened(harness, _store(harness).seals[REQUESTS.name], copy)


async def test_a_request_that_ends_after_its_person_was_erased_keeps_no_hash(harness: Harness) -> None:
    first, second = [await searched(harness, ME) for _ in range(2)]
    await erase(harness, first)
    assert (await harness.request(second)).alias_hashes == second.alias_hashes
    await harness.run(withdraw_request, WithdrawRequest, id=second.id)
    left = await harness.request(second)
    assert (left.state, left.alias_hashes) == (RequestState.WITHDRAWN, ())
