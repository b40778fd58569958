"""Loaders and writes of partners that higher slices may use, and listings with a filter that no index serves."""

from collections.abc import Callable

from msgspec.structs import replace

from libs.call import Call
from libs.errors import Duplicate, InvalidInput, Violation
from libs.store.listing import DEFAULT_ROWS, PAGE_BYTES, PAGES_PER_CALL, bytes_of, everything
from libs.store.port import D, Kind, Loaded, Page, Scalar
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env

_SEPARATOR = "~"


async def refuse_duplicate(env: Env, partner: Partner, *, call: Call) -> None:
    """DUPLICATE if another partner that has not ended has the registration id; the error names that partner only to
    the vendor's people."""
    if partner.registration_key is None:
        return
    for other in await everything(env.store, PARTNERS, {"registration_key": partner.registration_key}):
        if other.id != partner.id:
            raise Duplicate("partner", "registration id", "" if call.caller.partner_id else other.id)


def with_person_id(env: Env, partner: Partner) -> Partner:
    """The partner with a person id if it is a sole trader, else without one."""
    if not partner.sole_trader:
        return replace(partner, person_id="")
    return replace(partner, person_id=partner.person_id or env.ids.new("psn"))


async def filtered_page(
    env: Env,
    kind: Kind[D],
    filters: dict[str, Scalar],
    *,
    call: Call,
    keep: Callable[[D], bool],
    mark: str,
    page_size: int,
    page_token: str,
) -> Page[D]:
    """As `Env.listing`, with only the rows for which `keep` is true; a call reads a bounded number of pages, so a page
    may hold fewer rows than asked for although more follow. mark: names that filter in the token, empty for none."""
    head, _, cursor = page_token.partition(_SEPARATOR)
    if page_token and (head != mark or not cursor):
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    wanted = page_size or DEFAULT_ROWS
    rows: list[Loaded[D]] = []
    for _ in range(PAGES_PER_CALL):
        room = PAGE_BYTES - bytes_of(rows)
        page = await env.listing(
            kind, filters, call=call, page_size=wanted - len(rows), page_token=cursor, room_bytes=room
        )
        rows += [loaded for loaded in page.rows if keep(loaded.value)]
        cursor = page.next_cursor
        if not cursor or len(rows) == wanted or bytes_of(rows) >= PAGE_BYTES:
            break
    return Page(rows, f"{mark}{_SEPARATOR}{cursor}" if cursor else "")
