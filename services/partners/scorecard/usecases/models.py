"""Drafts, publishes, withdraws and shows the versions of scorecard models."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput, Violation
from libs.store.listing import every_row, everything
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create
from libs.versions import VERSIONS_PER_CELL, RuleState, TooManyModels, published, withdrawn
from services.partners.certification.documents import TRACKS
from services.partners.record.domain.states import PartnerKind
from services.partners.scorecard.documents import SCORECARD_MODELS
from services.partners.scorecard.domain import model as domain
from services.partners.scorecard.domain.model import (
    PeerKey,
    ScorecardDimension,
    ScorecardModel,
)
from services.partners.scorecard.events import ScorecardModelPublished, ScorecardModelWithdrawn
from services.partners.settings import Env

_TURN = "scorecard_models"


class DraftScorecardModel(Command, frozen=True, kw_only=True):
    """Draft the next version of a model, or replace its draft."""

    code: str
    name: str = ""
    partner_kinds: tuple[PartnerKind, ...] = ()
    peer_keys: tuple[PeerKey, ...] = ()
    dimensions: tuple[ScorecardDimension, ...]
    currency: str = ""
    rate_source: str = ""
    settling_days: int = 0
    revised_for_days: int = 0
    published_at_close: bool = False


class PublishScorecardModel(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""

    effective_day: date


class WithdrawScorecardModel(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a version that does not apply yet."""


class GetScorecardModel(Command, frozen=True, kw_only=True):
    """Show one version."""

    id: str


class ListScorecardModels(ListCommand, frozen=True, kw_only=True):
    """List versions; an empty filter matches all of them."""

    code: str = ""
    state: RuleState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def draft_scorecard_model(env: Env, cmd: DraftScorecardModel) -> ScorecardModel:
    """The draft. InvalidInput, TooManyModels."""
    async with env.settings.locks.of(_TURN):
        rows = await every_row(env.store, SCORECARD_MODELS, {"code": cmd.code})
        draft = next((row for row in rows if row.value.state is RuleState.DRAFT), None)
        now = env.clock.now()
        model = ScorecardModel(
            id=draft.value.id if draft else env.ids.new("scm"),
            version=draft.value.version if draft else 0,
            number=draft.value.number if draft else len(rows) + 1,
            create_time=draft.value.create_time if draft else now,
            update_time=now,
            **{field: getattr(cmd, field) for field in _CONTENT},
        )
        if wrong := [*domain.model_violations(model), *await _track_violations(env, model)]:
            raise InvalidInput(wrong)
        if draft is None:
            if len(await everything(env.store, SCORECARD_MODELS, {})) >= VERSIONS_PER_CELL:
                raise TooManyModels
            return await env.commit(create(SCORECARD_MODELS, model), call=cmd.call)
        if same_content(draft.value, model):
            return await env.unchanged(draft, call=cmd.call)
        return await env.commit(draft.put(model), call=cmd.call)


async def publish_scorecard_model(env: Env, cmd: PublishScorecardModel) -> ScorecardModel:
    """The version, PUBLISHED. InvalidInput, WrongState, EffectiveTooSoon, VersionNotLater."""
    async with env.settings.locks.of(_TURN):
        loaded = await env.load(SCORECARD_MODELS, cmd.id, call=cmd.call, etag=cmd.etag)
        versions = await everything(env.store, SCORECARD_MODELS, {"state": RuleState.PUBLISHED})
        wrong = [
            *domain.effective_violations(cmd.effective_day),
            *domain.downline_violations(loaded.value, versions),
        ]
        if wrong:
            raise InvalidInput(wrong)
        model = published(
            loaded.value,
            cmd.effective_day,
            [one for one in versions if one.code == loaded.value.code],
            name=SCORECARD_MODELS.name,
            notice_days=env.settings.policy.scorecard_notice_days,
            today=env.today(),
            now=env.clock.now(),
        )
        event = ScorecardModelPublished(
            scorecard_model_id=model.id, code=model.code, number=model.number, effective_day=cmd.effective_day
        )
        return await env.commit(loaded.put(model), events=[event], call=cmd.call)


async def withdraw_scorecard_model(env: Env, cmd: WithdrawScorecardModel) -> ScorecardModel:
    """The version, WITHDRAWN. WrongState, VersionInForce."""
    async with env.settings.locks.of(_TURN):
        loaded = await env.load(SCORECARD_MODELS, cmd.id, call=cmd.call, etag=cmd.etag)
        model = withdrawn(loaded.value, name=SCORECARD_MODELS.name, today=env.today(), now=env.clock.now())
        event = ScorecardModelWithdrawn(scorecard_model_id=model.id, code=model.code, number=model.number)
        return await env.commit(loaded.put(model), events=[event], call=cmd.call)


async def get_scorecard_model(env: Env, cmd: GetScorecardModel) -> ScorecardModel:
    """One version. NotFound."""
    return await env.show(SCORECARD_MODELS, cmd.id, call=cmd.call)


async def list_scorecard_models(env: Env, cmd: ListScorecardModels) -> Page[ScorecardModel]:
    """One page of versions, by id unless the caller asks for another order."""
    return await env.listing(SCORECARD_MODELS, filters_of(cmd, "code", "state"), call=cmd.call, **paged(cmd, UPDATED))


async def _track_violations(env: Env, model: ScorecardModel) -> list[Violation]:
    """UNKNOWN_TRACK for each dimension about a track that does not exist."""
    return [
        Violation(f"dimensions[{place}].track", f"there is no track {one.track}", "UNKNOWN_TRACK")
        for place, one in enumerate(model.dimensions)
        if one.track and not await everything(env.store, TRACKS, {"code": one.track})
    ]


_CONTENT = tuple(field for field in DraftScorecardModel.__struct_fields__ if field != "call")
