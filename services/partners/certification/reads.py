"""Loads the tracks that completions name, and counts the certified persons of a partner anew."""

from collections.abc import Iterable, Sequence

from libs.env import About
from libs.errors import NotFound
from libs.store.listing import everything
from libs.store.port import Put, create, get
from services.partners.certification.documents import CERTIFICATIONS, COMPLETIONS, TRACKS
from services.partners.certification.domain.certificates import (
    COMPLETIONS_PER_PARTNER,
    Certification,
    certified_tracks,
)
from services.partners.certification.domain.completions import Completion, TooManyCompletions
from services.partners.certification.domain.states import CompletionState
from services.partners.certification.domain.tracks import Track
from services.partners.certification.events import CertificationChanged
from services.partners.settings import Env


async def track_of(env: Env, code: str) -> Track:
    """The track with this code; NotFound."""
    found = await everything(env.store, TRACKS, {"code": code})
    if not found:
        raise NotFound("track", code)
    return found[0]


async def recounted(env: Env, partner_id: str, changed: Sequence[Completion]) -> tuple[Put[Certification], About]:
    """The write of the partner's certified persons after these completions have changed or were added, and its event.
    Of two calls that change completions of one partner at once, the later one fails and counts again.
    TooManyCompletions."""
    loaded = await get(env.store, CERTIFICATIONS, partner_id)
    stored = await everything(env.store, COMPLETIONS, {"partner_id": partner_id, "state": CompletionState.VALID})
    after = {one.id: one for one in (*stored, *changed)}
    valid = [one for one in after.values() if one.state is CompletionState.VALID]
    if len(valid) > max(COMPLETIONS_PER_PARTNER, len(stored)):
        raise TooManyCompletions(partner_id, COMPLETIONS_PER_PARTNER)
    tracks = certified_tracks(valid, await _tracks(env, valid))
    certification = Certification(id=partner_id, tracks=tracks, completions=len(valid), update_time=env.clock.now())
    put = loaded.put(certification) if loaded else create(CERTIFICATIONS, certification)
    return put, About(CertificationChanged(partner_id=partner_id, tracks=tracks), put.document)


async def _tracks(env: Env, completions: Iterable[Completion]) -> dict[str, Track]:
    return {code: await track_of(env, code) for code in sorted({one.track for one in completions})}
