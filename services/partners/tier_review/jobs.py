"""The job of reviews: it does what is due of each membership."""

from datetime import timedelta

from msgspec.structs import replace

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.settings import Env, Settings
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.usecases.reviews import ReviewEnrolment, review_enrolment

REVIEW = "partners__review_tiers"
EVERY = timedelta(minutes=1)


async def review_tiers(env: Env) -> int:
    """Does the next thing that is due of the first 200 memberships of which one changes; returns how many changed. So
    those that wait for facts do not hold up the others."""
    query = Query(kind=ENROLMENTS, order="act_at", below=env.clock.now() + timedelta.resolution, limit=ROWS_PER_PAGE)
    while True:
        page = await env.store.find(query)
        done = await sweep(
            REVIEW, page.rows, lambda call, row: env.run(review_enrolment, ReviewEnrolment(call=call, id=row))
        )
        if done or not page.next_cursor:
            return done
        query = replace(query, cursor=page.next_cursor)


JOBS: tuple[Job[Settings], ...] = (Job(REVIEW, EVERY, review_tiers),)
