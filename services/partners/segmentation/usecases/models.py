"""Drafts, publishes, withdraws and shows the versions of segmentation models."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput
from libs.segmentation.lifecycle import LifeCycleActions, LifeCycleRules
from libs.segmentation.shares import SegmentClass
from libs.store.listing import every_row, everything
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create
from libs.versions import VERSIONS_PER_CELL, RuleState, TooManyModels, published, withdrawn
from services.partners.facts.domain.metrics import FactMetric
from services.partners.program.domain.program import RateBasis
from services.partners.segmentation.documents import SEGMENTATION_MODELS
from services.partners.segmentation.domain import model as domain
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.events import SegmentationModelPublished, SegmentationModelWithdrawn
from services.partners.settings import Env

_TURN = "segmentation_models"


class DraftSegmentationModel(Command, frozen=True, kw_only=True):
    """Draft the next version of a model, or replace its draft."""

    code: str
    name: str = ""
    metric: FactMetric
    window_months: int
    currency: str
    rate_source: str = ""
    rate_basis: RateBasis | None = None
    plan_rate_day: date | None = None
    classes: tuple[SegmentClass, ...]
    life_cycle_rules: LifeCycleRules
    life_cycle_actions: tuple[LifeCycleActions, ...] = ()
    settling_days: int = 0
    shown_to_partner: bool = False


class PublishSegmentationModel(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""

    effective_day: date


class WithdrawSegmentationModel(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a version that does not apply yet."""


class GetSegmentationModel(Command, frozen=True, kw_only=True):
    """Show one version."""

    id: str


class ListSegmentationModels(ListCommand, frozen=True, kw_only=True):
    """List versions; an empty filter matches all of them."""

    code: str = ""
    state: RuleState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def draft_segmentation_model(env: Env, cmd: DraftSegmentationModel) -> SegmentationModel:
    """The draft. InvalidInput, TooManyModels."""
    async with env.settings.locks.of(_TURN):
        rows = await every_row(env.store, SEGMENTATION_MODELS, {"code": cmd.code})
        draft = next((row for row in rows if row.value.state is RuleState.DRAFT), None)
        now = env.clock.now()
        model = SegmentationModel(
            id=draft.value.id if draft else env.ids.new("sgm"),
            version=draft.value.version if draft else 0,
            number=draft.value.number if draft else len(rows) + 1,
            create_time=draft.value.create_time if draft else now,
            update_time=now,
            **{field: getattr(cmd, field) for field in _CONTENT},
        )
        if wrong := [*domain.model_violations(model)]:
            raise InvalidInput(wrong)
        if draft is None:
            if len(await everything(env.store, SEGMENTATION_MODELS, {})) >= VERSIONS_PER_CELL:
                raise TooManyModels
            return await env.commit(create(SEGMENTATION_MODELS, model), call=cmd.call)
        if same_content(draft.value, model):
            return await env.unchanged(draft, call=cmd.call)
        return await env.commit(draft.put(model), call=cmd.call)


async def publish_segmentation_model(env: Env, cmd: PublishSegmentationModel) -> SegmentationModel:
    """The version, PUBLISHED. InvalidInput, WrongState, EffectiveTooSoon, VersionNotLater."""
    async with env.settings.locks.of(_TURN):
        loaded = await env.load(SEGMENTATION_MODELS, cmd.id, call=cmd.call, etag=cmd.etag)
        if wrong := [*domain.effective_violations(cmd.effective_day)]:
            raise InvalidInput(wrong)
        model = published(
            loaded.value,
            cmd.effective_day,
            await everything(env.store, SEGMENTATION_MODELS, {"code": loaded.value.code}),
            name=SEGMENTATION_MODELS.name,
            notice_days=env.settings.policy.segmentation_notice_days,
            today=env.today(),
            now=env.clock.now(),
        )
        event = SegmentationModelPublished(
            segmentation_model_id=model.id, code=model.code, number=model.number, effective_day=cmd.effective_day
        )
        return await env.commit(loaded.put(model), events=[event], call=cmd.call)


async def withdraw_segmentation_model(env: Env, cmd: WithdrawSegmentationModel) -> SegmentationModel:
    """The version, WITHDRAWN. WrongState, VersionInForce."""
    async with env.settings.locks.of(_TURN):
        loaded = await env.load(SEGMENTATION_MODELS, cmd.id, call=cmd.call, etag=cmd.etag)
        model = withdrawn(loaded.value, name=SEGMENTATION_MODELS.name, today=env.today(), now=env.clock.now())
        event = SegmentationModelWithdrawn(segmentation_model_id=model.id, code=model.code, number=model.number)
        return await env.commit(loaded.put(model), events=[event], call=cmd.call)


async def get_segmentation_model(env: Env, cmd: GetSegmentationModel) -> SegmentationModel:
    """One version. NotFound."""
    return await env.show(SEGMENTATION_MODELS, cmd.id, call=cmd.call)


async def list_segmentation_models(env: Env, cmd: ListSegmentationModels) -> Page[SegmentationModel]:
    """One page of versions, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "code", "state")
    return await env.listing(SEGMENTATION_MODELS, filters, call=cmd.call, **paged(cmd, UPDATED))


_CONTENT = tuple(field for field in DraftSegmentationModel.__struct_fields__ if field != "call")
