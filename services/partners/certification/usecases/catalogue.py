"""Creates and lists tracks; sets and lists gates."""

from datetime import datetime

from msgspec.structs import replace

from libs.call import Command
from libs.document import same_content
from libs.errors import Duplicate, InvalidInput
from libs.rights import Right
from libs.store.listing import every_row, everything
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Loaded, Page, Put, Scalar, create, get
from services.partners.certification.documents import CATALOGUE_TOTALS, GATES, TRACKS
from services.partners.certification.domain import tracks as domain
from services.partners.certification.domain.tracks import CATALOGUE, CatalogueTotals, Course, Gate, Track
from services.partners.certification.reads import track_of
from services.partners.settings import Env


class CreateTrack(Command, frozen=True, kw_only=True):
    """Create a track."""

    code: str
    name: str = ""
    product_line: str = ""
    courses: tuple[Course, ...]


class ListTracks(ListCommand, frozen=True, kw_only=True):
    """List tracks; an empty filter matches all of them."""

    code: str = ""
    product_line: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class SetGate(Command, frozen=True, kw_only=True):
    """Set how many certified persons of a track a right takes."""

    right: Right
    product_line: str = ""
    track: str
    persons: int = 0


class ListGates(ListCommand, frozen=True, kw_only=True):
    """List gates; an empty filter matches all of them."""

    right: Right | None = None
    track: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def create_track(env: Env, cmd: CreateTrack) -> Track:
    """The new track. InvalidInput, Duplicate, CatalogueFull."""
    if wrong := domain.course_violations(cmd.courses):
        raise InvalidInput(wrong)
    async with env.settings.locks.of(CATALOGUE):
        for one in await everything(env.store, TRACKS, {"code": cmd.code}):
            raise Duplicate("track", "code", one.id)
        now = env.clock.now()
        track = Track(
            id=env.ids.new("trk"),
            code=cmd.code,
            name=cmd.name,
            product_line=cmd.product_line,
            courses=cmd.courses,
            create_time=now,
            update_time=now,
        )
        loaded, totals = await _totals(env)
        totals, event = domain.created(track, totals)
        return await env.commit(create(TRACKS, track), _put(loaded, totals), events=[event], call=cmd.call)


async def list_tracks(env: Env, cmd: ListTracks) -> Page[Track]:
    """One page of tracks, by id unless the caller asks for another order."""
    return await env.listing(TRACKS, filters_of(cmd, "code", "product_line"), call=cmd.call, **paged(cmd, UPDATED))


async def set_gate(env: Env, cmd: SetGate) -> Gate:
    """The gate as it is now; unchanged if it was so already. NotFound for the track; CatalogueFull."""
    await track_of(env, cmd.track)
    async with env.settings.locks.of(CATALOGUE):
        same: dict[str, Scalar] = {"right": cmd.right, "product_line": cmd.product_line, "track": cmd.track}
        now = env.clock.now()
        for loaded in await every_row(env.store, GATES, same):
            gate = replace(loaded.value, persons=cmd.persons, update_time=now)
            if same_content(loaded.value, gate):
                return await env.unchanged(loaded, call=cmd.call)
            return await env.commit(loaded.put(gate), events=[domain.gate_set(gate)], call=cmd.call)
        gate = Gate(
            id=env.ids.new("gat"),
            right=cmd.right,
            product_line=cmd.product_line,
            track=cmd.track,
            persons=cmd.persons,
            create_time=now,
            update_time=now,
        )
        counted, totals = await _totals(env)
        put = _put(counted, domain.with_gate(totals))
        return await env.commit(create(GATES, gate), put, events=[domain.gate_set(gate)], call=cmd.call)


async def list_gates(env: Env, cmd: ListGates) -> Page[Gate]:
    """One page of gates, by id unless the caller asks for another order."""
    return await env.listing(GATES, filters_of(cmd, "right", "track"), call=cmd.call, **paged(cmd, UPDATED))


async def _totals(env: Env) -> tuple[Loaded[CatalogueTotals] | None, CatalogueTotals]:
    """The totals as they were loaded, None if none are stored, and their value."""
    loaded = await get(env.store, CATALOGUE_TOTALS, CATALOGUE)
    return loaded, loaded.value if loaded else CatalogueTotals(id=CATALOGUE)


def _put(loaded: Loaded[CatalogueTotals] | None, totals: CatalogueTotals) -> Put[CatalogueTotals]:
    return loaded.put(totals) if loaded else create(CATALOGUE_TOTALS, totals)
