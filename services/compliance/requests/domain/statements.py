"""What compliance refuses of the statements of the services."""

from libs.errors import AppError, Code


class StatementForged(AppError):
    """A statement does not come from the service that it names. It is dropped, and compliance still waits."""

    code, reason = Code.PERMISSION_DENIED, "STATEMENT_FORGED"

    def __init__(self, case_id: str, service: str, sender: str) -> None:
        super().__init__(
            f"{case_id}: the statement in the name of {service} that {sender} sent is not signed by it",
            id=case_id,
            service=service,
            sender=sender,
        )
