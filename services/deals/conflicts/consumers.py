"""The consumers of conflicts: what changes about a claim is asked of the other cells, which ask the same."""

from libs.messaging.intake import Consumer
from services.deals.conflicts.reads.abroad import DUPLICATES
from services.deals.settings import Env

CONSUMERS: tuple[Consumer[Env], ...] = (Consumer("deals.registration.*", DUPLICATES.on_change),)
ARRIVING: tuple[Consumer[Env], ...] = DUPLICATES.arriving
