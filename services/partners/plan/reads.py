"""The lock document of a partner's plans."""

from contextlib import AbstractAsyncContextManager

from libs.store.port import Loaded, Put, create, get
from services.partners.plan.documents import PLAN_BOOKS
from services.partners.plan.domain.plan import PlanBook
from services.partners.settings import Env


def book_lock(env: Env, partner_id: str) -> AbstractAsyncContextManager[None]:
    """Calls of this process that add a plan or an initiative of the partner wait for each other."""
    return env.settings.locks.of(f"plans:{partner_id}")


async def book_of(env: Env, partner_id: str) -> tuple[Loaded[PlanBook] | None, PlanBook]:
    """The book as it was loaded, None if there is none, and its value."""
    loaded = await get(env.store, PLAN_BOOKS, partner_id)
    return loaded, loaded.value if loaded else PlanBook(id=partner_id)


def book_put(loaded: Loaded[PlanBook] | None, book: PlanBook) -> Put[PlanBook]:
    """The write of a book."""
    return loaded.put(book) if loaded else create(PLAN_BOOKS, book)
