"""How a partner compares with the lists now, for the use cases of this slice and for the approval of partners."""

from msgspec.structs import replace

from libs.document import same_content
from libs.matching import NameIndex
from libs.store.listing import everything
from libs.store.port import Loaded, Put, Query, create, get, get_all
from services.partners.record.domain.partner import Partner
from services.partners.screening.documents import SCREENING_BOOKS, SCREENING_LISTS, SCREENING_NAMES, SCREENINGS
from services.partners.screening.domain.near import CERTAIN, Nearness, names_compared, nearness, prepared
from services.partners.screening.domain.screening import (
    BOOK,
    Screening,
    ScreeningName,
    ScreeningOpen,
    forms_of,
    found_in,
    screened,
)
from services.partners.settings import Env

NAMES_COMPARED = 50  # with a partner, of those that share the most with it
NAMES_PER_SLICE = 20  # filed at once; about two milliseconds
_INDEX_TURN = "screening names"


async def require_screened(env: Env, partner: Partner) -> None:
    """ScreeningOpen if a setting asks for screening, and nobody has judged an entry with a name of the partner. The
    lists are read now, so nothing waits for an event or a job."""
    if not env.settings.policy.screening_required:
        return
    screening = await compared(env, partner, await get(env.store, SCREENINGS, partner.id))
    if screening.is_open:
        raise ScreeningOpen(screening)


async def compared(env: Env, partner: Partner, held: Loaded[Screening] | None) -> Screening:
    """The screening of a partner by the lists of now. held: as it is stored, read before the partner if it is to be
    replaced: an erasure empties the partner and then deletes the screening, so a commit with a name from before is
    refused. The first screening is written beside the gate of erasures, for the same reason."""
    now, forms = env.clock.now(), forms_of(partner)
    found: dict[str, tuple[ScreeningName, Nearness]] = {}
    for form in forms:
        for row in await everything(env.store, SCREENING_NAMES, {"name_key": form}):
            found[row.id] = (row, Nearness(CERTAIN))
    at_least = env.settings.policy.screening_near_basis_points
    if forms and at_least < CERTAIN:
        found = {**await _near(env, partner), **found}
    current = [pair for pair in found.values() if await _is_current(env, pair[0])]
    before = held.value if held else Screening(id=partner.id, name_key="", create_time=now, update_time=now)
    key = env.keys.keyed("screened names:" + "\0".join(forms))
    return screened(before, key, found_in(partner, current, at_least=at_least), now=now)


async def _near(env: Env, partner: Partner) -> dict[str, tuple[ScreeningName, Nearness]]:
    """The names on lists that share the most with those of a partner, by id, each with how near it is."""
    one = prepared(names_compared(partner), partner.country)
    index = await _index(env)
    rows = await get_all(env.store, SCREENING_NAMES, index.nearest(one, NAMES_COMPARED))
    async with env.settings.measuring.slice():
        return {key: (row.value, nearness(one, row.value.name, row.value.country)) for key, row in rows.items()}


async def _index(env: Env) -> NameIndex:
    """The names of all lists, filed. It is made again by whoever asks first after an edition was completed, in slices
    between which the process does other work."""
    async with env.settings.locks.of(_INDEX_TURN):
        book = await get(env.store, SCREENING_BOOKS, BOOK)
        edition = book.value.edition if book else 0
        held = env.settings.screening.index
        if held is not None and held.edition == edition:
            return held
        made = NameIndex(edition)
        query = Query(kind=SCREENING_NAMES, limit=NAMES_PER_SLICE)
        while True:
            page = await env.store.find(query)
            async with env.settings.measuring.slice():
                for row in page.rows:
                    made.file(row.value.id, prepared((row.value.name,), row.value.country))
            if not page.next_cursor:
                env.settings.screening.index = made
                return made
            query = replace(query, cursor=page.next_cursor)


def screening_put(held: Loaded[Screening] | None, screening: Screening) -> Put[Screening] | None:
    """The write of a screening; None if it says what is stored."""
    if held is None:
        return create(SCREENINGS, screening)
    return None if same_content(held.value, screening) else held.put(screening)


async def _is_current(env: Env, row: ScreeningName) -> bool:
    """Whether a name is of the complete edition of its list, or of one that is being put."""
    listed = await get(env.store, SCREENING_LISTS, row.list_id)
    return listed is not None and (listed.value.published_on is None or row.published_on >= listed.value.published_on)
