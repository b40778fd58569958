"""How models are kept, and who sees a segment."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput, NotFound, WrongState
from libs.pb.prm.partners import v1 as pb
from libs.segmentation.lifecycle import LifeCycle
from libs.versions import EffectiveTooSoon, RuleState, VersionInForce, VersionNotLater
from services.partners.segmentation import wire
from services.partners.segmentation.usecases import models, results
from tests.builders import a_call, a_call_of
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard.acts import in_business
from tests.component.partners.segmentation.acts import earned, found, made, published
from tests.unit.partners.segmentation.built import CLASSES, QUARTER, RULES, a_model, bands

MAY = date(2026, 5, 1)


async def own(harness: Harness, asked: str, caller: str = "") -> results.PartnerSegment:
    """What GetPartnerSegment answers to the vendor, or to a partner's people."""
    cmd = results.GetPartnerSegment(call=a_call_of(caller), partner_id=asked, model_code="ABC")
    return await results.get_partner_segment(harness.env, cmd)


async def test_a_published_version_never_changes_and_the_next_draft_is_another(harness: Harness) -> None:
    model = await published(harness)
    assert (model.state, model.number, model.effective_day) == (RuleState.PUBLISHED, 1, QUARTER)
    with pytest.raises(WrongState):
        await harness.run(
            models.publish_segmentation_model,
            models.PublishSegmentationModel,
            id=model.id,
            effective_day=date(2027, 1, 1),
        )

    async def drafted(**fields: Any) -> Any:
        content = {
            "code": model.code,
            "metric": model.metric,
            "window_months": 12,
            "currency": "EUR",
            "classes": CLASSES,
            "life_cycle_rules": RULES,
            **fields,
        }
        return await harness.run(models.draft_segmentation_model, models.DraftSegmentationModel, **content)

    draft = await drafted()
    assert (draft.number, await drafted()) == (2, draft)
    renamed = await drafted(name="Resellers")
    assert (renamed.id, renamed.name, renamed.version) == (draft.id, "Resellers", 2)
    with pytest.raises(InvalidInput) as refused:
        await drafted(classes=bands(9_000, 9_000))
    assert [one.reason for one in refused.value.violations] == ["BANDS_OVERLAP", "BANDS_GAP"]
    publish = {"id": draft.id, "effective_day": QUARTER}
    with pytest.raises(InvalidInput) as refused:
        await harness.run(
            models.publish_segmentation_model, models.PublishSegmentationModel, **{**publish, "effective_day": MAY}
        )
    assert [one.reason for one in refused.value.violations] == ["NOT_A_QUARTER"]
    harness.clock.advance(timedelta(days=1))
    with pytest.raises(EffectiveTooSoon):
        await harness.run(models.publish_segmentation_model, models.PublishSegmentationModel, **publish)
    listed = await harness.pages(models.list_segmentation_models, models.ListSegmentationModels, code=model.code)
    assert listed == [model, renamed]


async def test_a_version_for_a_far_day_is_withdrawn_and_segments_nothing(harness: Harness) -> None:
    withdraw = models.withdraw_segmentation_model, models.WithdrawSegmentationModel
    [shop] = await in_business(harness)
    wrong = await published(harness, effective=date(9999, 10, 1), shown_to_partner=True)
    with pytest.raises(VersionNotLater):
        await published(harness)
    gone = await harness.run(*withdraw, id=wrong.id)
    assert (gone.state, harness.names()[-1]) == (RuleState.WITHDRAWN, "SegmentationModelWithdrawn")
    model = await published(harness)
    after = await published(harness, effective=date(2026, 7, 1), shown_to_partner=True)
    await harness.run(*withdraw, id=after.id)
    await earned(harness, (shop, MAY, 10))
    await made(harness)
    await made(harness, datetime.fromisoformat("2026-10-01T12:00:00+00:00"))
    assert {(await found(harness, one)).model.id for one in (QUARTER, date(2026, 7, 1))} == {model.id}
    with pytest.raises(VersionInForce):
        await harness.run(*withdraw, id=model.id)


async def test_a_partners_people_see_their_own_class_and_nothing_else(harness: Harness) -> None:
    [top] = await in_business(harness, sees_downline=True)
    [shop] = await in_business(harness, parent_partner_id=top.id)
    await published(harness, shown_to_partner=True)
    await earned(harness, (top, MAY, 90), (shop, MAY, 10))
    with pytest.raises(NotFound):
        await own(harness, shop.id, shop.id)
    await made(harness)
    seen = await own(harness, shop.id, shop.id)
    assert (seen.class_code, seen.class_actions, seen.life_cycle, seen.life_cycle_actions) == (
        *("B", (), LifeCycle.NEW, ()),
    )
    assert seen == await own(harness, shop.id)
    assert (await own(harness, top.id, top.id)).class_actions == ("VISIT",)
    for asked, caller in ((shop.id, top.id), (top.id, shop.id)):
        with pytest.raises(NotFound):
            await own(harness, asked, caller)


async def test_a_model_that_is_not_shown_to_partners_is_for_the_vendor_alone(harness: Harness) -> None:
    [shop] = await in_business(harness)
    await published(harness)
    await earned(harness, (shop, MAY, 10))
    await made(harness)
    assert (await own(harness, shop.id)).class_code == "A"
    with pytest.raises(NotFound):
        await own(harness, shop.id, shop.id)


async def test_what_is_found_is_the_same_on_the_wire(harness: Harness) -> None:
    [shop] = await in_business(harness)
    model = await published(harness)
    await earned(harness, (shop, MAY, 10))
    await made(harness)
    told = wire.segmentation(await found(harness)).segmentation
    assert (told.model_id, told.classes[0].revenue.units, told.quarter.month) == (model.id, 10, 4)
    assert not told.HasField("previous_quarter")
    assert [(one.partner_count, one.revenue_basis_points) for one in told.lorenz_points] == [(0, 0), (1, 10_000)]
    asked = pb.ListSegmentsRequest(model_code="ABC", life_cycle=pb.LIFE_CYCLE_NEW, page_size=5)
    page = await results.list_segments(harness.env, wire.LIST.decode(asked, call=a_call()))
    [row] = wire.segments(page).segments
    assert (row.partner_id, row.class_code, row.evidence.day_before.month) == (shop.id, "A", 7)
    sent = wire.MODEL.encode(a_model())
    draft = pb.DraftSegmentationModelRequest(
        code=sent.code, classes=sent.classes, life_cycle_rules=sent.life_cycle_rules
    )
    draft.metric, draft.window_months, draft.currency = sent.metric, 12, "EUR"
    assert wire.DRAFT.decode(draft, call=a_call()).classes == CLASSES
