"""The exits hear of a published transfer, of its end, and when the year's count begins or ceases to refuse it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.transfers.projection import facts_in
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.law.domain.thresholds import THRESHOLDS
from services.compliance.service import COMPOSITION
from services.compliance.settings import Settings
from services.compliance.transfers.usecases.register import EndTransfer, end_transfer
from services.compliance.transfers.usecases.stating import state_transfers
from tests.component.compliance.harness import Harness
from tests.component.compliance.transfers.acts import PURPOSE, person, publish, register, send
from tests.component.replica import Replica, Shelf

LIMIT = replace(THRESHOLDS[0], limit=2, name="cn.persons.2")


def heard(replica: Replica[Any]) -> list[tuple[str, bool, int]]:
    """Of each statement since the last time: transfer, whether it has ended, the year in which it is blocked."""
    told, replica.told = replica.told, []
    found = [facts_in(one) for one in told if one.type.endswith(".TransferStated")]
    return [(one.id, one.ended, one.blocked_year) for one in found]


def again(first: Replica[Any], harness: Harness, *, keys: Any) -> Replica[Settings]:
    """Compliance with a low threshold, on the same store; a restart of `first`."""
    return Replica(
        "compliance",
        harness.env.store,
        keys=keys,
        objects=Shelf(),
        encode=COMPOSITION.encode,
        settings=Settings(thresholds=(LIMIT,)),
        clock=first.clock,
    )


async def test_a_draft_is_not_stated_and_what_is_published_is_whole(harness: Harness) -> None:
    draft = await register(harness)
    await harness.run(end_transfer, EndTransfer, id=draft.id)
    assert heard(harness) == []
    transfer = await publish(harness, flow="directory")
    [told] = [one for one in harness.told if one.type.endswith(".TransferStated")]
    facts = facts_in(told)
    assert (facts.flow, facts.purpose, facts.recipient_country) == ("directory", PURPOSE, "SG")
    assert (facts.categories, facts.valid_from) == (transfer.terms.categories, transfer.terms.valid_from)
    harness.told.clear()
    await harness.run(end_transfer, EndTransfer, id=transfer.id)
    assert heard(harness) == [(transfer.id, True, 0)]
    assert await state_transfers(harness.env) == 0


async def test_a_count_over_its_threshold_blocks_until_the_year_is_over(harness: Harness, keys: Any) -> None:
    replica = again(harness, harness, keys=keys)
    consent = await publish(replica, mechanism=TransferMechanism.CONSENT)
    filed = await publish(replica, mechanism=TransferMechanism.CAC_STANDARD_CONTRACT)
    free = await publish(
        replica, mechanism=TransferMechanism.NOT_PERSONAL, categories=("user.contact.organization",), flow="directory"
    )
    assert heard(replica) == [(one.id, False, 0) for one in (consent, filed, free)]
    await send(replica, filed, person("Ada"))
    await send(replica, filed, person("Ada"))
    assert heard(replica) == []
    await send(replica, filed, person("Bernd"))
    year = replica.env.today().year
    assert heard(replica) == [(consent.id, False, year)]
    replica = again(replica, harness, keys=keys)
    late = await publish(replica, mechanism=TransferMechanism.CONSENT)
    assert heard(replica) == [(late.id, False, year)]
    assert await state_transfers(replica.env) == 0
    replica.clock.advance(timedelta(days=366))
    assert await state_transfers(replica.env) == 2
    assert sorted(heard(replica)) == sorted([(consent.id, False, 0), (late.id, False, 0)])


async def test_without_personal_data_only_organisations_may_be_named(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await register(
            harness,
            mechanism=TransferMechanism.NOT_PERSONAL,
            categories=("user.contact.organization", "user.contact.email"),
        )
    assert [one.reason for one in refused.value.violations] == ["CATEGORY_OF_NOTHING"]
