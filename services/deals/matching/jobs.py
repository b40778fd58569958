"""The job that files the customers of new claims under their terms, and removes those of ended ones."""

from datetime import timedelta

from libs.runtime.service import Job
from services.deals.matching.reads.filing import file_entries
from services.deals.settings import Settings

NAME = "deals__file_near_entries"
EVERY = timedelta(seconds=5)

JOBS: tuple[Job[Settings], ...] = (Job(NAME, EVERY, file_entries),)
