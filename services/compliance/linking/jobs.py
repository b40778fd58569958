"""The job that forgets what other cells stated long ago."""

from datetime import timedelta

from libs.runtime.service import Job
from services.compliance.linking.usecases import forget
from services.compliance.settings import Settings

JOBS: tuple[Job[Settings], ...] = (Job("compliance__forget_links", timedelta(hours=1), forget),)
