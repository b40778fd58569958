"""Reads of the packages that were handed out, for this slice and for higher ones."""

from datetime import datetime

from libs.store.port import ROWS_PER_PAGE, Query, Store
from services.compliance.package.documents import PACKAGES
from services.compliance.package.domain.handed_out import HandedOutPackage, downloads_end
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.settings import Downloads


async def packages_of(store: Store, case_id: str) -> tuple[HandedOutPackage, ...]:
    """The packages of a request that were handed out, in the order of the first time."""
    found, cursor = list[HandedOutPackage](), ""
    while True:
        query = Query(kind=PACKAGES, equals={"case_id": case_id}, limit=ROWS_PER_PAGE, cursor=cursor)
        page = await store.find(query)
        found += (one.value for one in page.rows)
        if not (cursor := page.next_cursor):
            return tuple(sorted(found, key=lambda one: (one.first_download_time, one.id)))


async def downloads_of(store: Store, request: SubjectRequest, policy: Downloads) -> datetime | None:
    """When the downloads of the present package of a request end; None if it was not downloaded yet."""
    return downloads_end(await packages_of(store, request.id), request.round, policy.download_period)
