"""The job that deletes encrypted objects which no package needs any more."""

from datetime import timedelta

from libs.runtime.service import Job
from services.compliance.package.usecases.objects import delete_objects
from services.compliance.settings import Settings

EVERY = timedelta(minutes=1)

JOBS: tuple[Job[Settings], ...] = (Job("compliance__delete_objects", EVERY, delete_objects),)
