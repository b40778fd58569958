"""The claims on customers that are written differently, as far as they count for conflicts."""

from collections.abc import Iterable, Mapping

from libs.matching import Verdict
from services.deals.claims.domain.registration import Registration
from services.deals.conflicts.domain.matching import Likeness
from services.deals.matching.domain.comparing import basis_points, parts_of
from services.deals.matching.reads import search
from services.deals.settings import Env


async def near_of(env: Env, reg: Registration, *, submitting: bool = False) -> Mapping[str, Likeness]:
    """How the customers of up to 50 open claims compare with that of `reg`, by the id of the claim: those that are near
    enough for a review, and those that a person has judged. submitting: compare the customer as it is now, and not as
    it was submitted."""
    asked = search.of_claim(env, reg) if submitting else await search.submitted(env, reg)
    if asked is None:
        return {}
    return near_matches((await search.search(env, asked)).found)


def near_matches(found: Iterable[search.Found]) -> Mapping[str, Likeness]:
    """Those found that are near enough for a review or that a person has judged, by the id of their claim, the judged
    ones first and then the most probable."""
    return {
        one.entry.registration_id: Likeness(
            registration_id=one.entry.registration_id,
            probability_basis_points=basis_points(one.probability),
            verdict=one.verdict,
            judged=one.judged.verdict if one.judged else None,
            parts=parts_of(one.explained()),
        )
        for one in found
        if one.judged is not None or one.verdict is not Verdict.APART
    }
