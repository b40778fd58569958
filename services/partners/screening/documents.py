"""The kinds of lists, their names and screenings, with their indexes. Natural persons on lists are not stored."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.record.documents import PARTNERS
from services.partners.screening.domain.screening import Screening, ScreeningBook, ScreeningList, ScreeningName

SCREENING_LISTS = Kind("screening_list", ScreeningList)
SCREENING_NAMES = Kind("screening_name", ScreeningName, (Index(("name_key",)), Index(("list_id", "published_on"))))
SCREENING_BOOKS = Kind("screening_book", ScreeningBook)
SCREENINGS = Kind("screening", Screening, serving("is_open", orders=("", "update_time")), derived_from=(PARTNERS, "id"))

KINDS = (SCREENING_LISTS, SCREENING_NAMES, SCREENING_BOOKS, SCREENINGS)
