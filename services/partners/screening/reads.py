"""How a partner compares with the lists now, for the use cases of this slice and for the approval of partners."""

from libs.document import same_content
from libs.store.listing import everything
from libs.store.port import Loaded, Put, create, get
from services.partners.record.domain.partner import Partner
from services.partners.screening.documents import SCREENING_LISTS, SCREENING_NAMES, SCREENINGS
from services.partners.screening.domain import Screening, ScreeningName, ScreeningOpen, forms_of, found_in, screened
from services.partners.settings import Env


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
    rows: list[ScreeningName] = []
    for form in forms:
        rows += await everything(env.store, SCREENING_NAMES, {"name_key": form})
    current = [row for row in rows if await _is_current(env, row)]
    before = held.value if held else Screening(id=partner.id, name_key="", create_time=now, update_time=now)
    key = env.keys.keyed("screened names:" + "\0".join(forms))
    return screened(before, key, found_in(partner, current), now=now)


def screening_put(held: Loaded[Screening] | None, screening: Screening) -> Put[Screening] | None:
    """The write of a screening; None if it says what is stored."""
    if held is None:
        return create(SCREENINGS, screening)
    return None if same_content(held.value, screening) else held.put(screening)


async def _is_current(env: Env, row: ScreeningName) -> bool:
    """Whether a name is of the complete edition of its list, or of one that is being put."""
    listed = await get(env.store, SCREENING_LISTS, row.list_id)
    return listed is not None and (listed.value.published_on is None or row.published_on >= listed.value.published_on)
