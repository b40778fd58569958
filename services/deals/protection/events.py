"""Events of a claim after its submission, as published to other services; the protos describe each."""

from datetime import datetime

from services.deals.claims.domain.states import ClosureCode, Stage
from services.deals.claims.events import RegistrationEvent


class RegistrationWithdrawn(RegistrationEvent, frozen=True, kw_only=True):
    pass


class RegistrationCanceled(RegistrationEvent, frozen=True, kw_only=True):
    closure_code: ClosureCode


class RegistrationExpiryWarned(RegistrationEvent, frozen=True, kw_only=True):
    protected_until: datetime


class RegistrationExpired(RegistrationEvent, frozen=True, kw_only=True):
    pass


class RegistrationExtended(RegistrationEvent, frozen=True, kw_only=True):
    protected_until: datetime


class RegistrationStageAdvanced(RegistrationEvent, frozen=True, kw_only=True):
    stage: Stage
