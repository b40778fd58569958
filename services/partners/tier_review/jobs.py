"""The job of reviews: it does what is due of each membership."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.settings import Env, Settings
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.usecases.reviews import ReviewEnrolment, review_enrolment

REVIEW = "partners__review_tiers"
EVERY = timedelta(minutes=1)


async def review_tiers(env: Env) -> int:
    """Does the next thing that is due of up to 200 memberships; returns how many changed."""
    query = Query(kind=ENROLMENTS, order="act_at", below=env.clock.now() + timedelta.resolution, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(REVIEW, rows, lambda call, row: env.run(review_enrolment, ReviewEnrolment(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (Job(REVIEW, EVERY, review_tiers),)
