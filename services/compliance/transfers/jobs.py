"""The jobs that end the count of a year once it is over, and state to the exits what the count refuses."""

from datetime import timedelta

from libs.runtime.service import Job
from services.compliance.settings import Settings
from services.compliance.transfers.usecases.stating import JOB, state_transfers
from services.compliance.transfers.usecases.years import close_years

EVERY = timedelta(minutes=1)

JOBS: tuple[Job[Settings], ...] = (
    Job("compliance__close_transfer_years", EVERY, close_years),
    Job(JOB, EVERY, state_transfers),
)
