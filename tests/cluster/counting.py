"""What the tests on a cluster have done, for the end of a run: a run that did nothing is no pass."""

import msgspec


class Counted(msgspec.Struct):
    """objects: answers to `apply`, one for each object of each apply. refused: what the server had to refuse, and did.
    deleted: objects. calls, failed: of gRPC. kills: of pods."""

    objects: int = 0
    refused: int = 0
    deleted: int = 0
    calls: int = 0
    failed: int = 0
    kills: int = 0

    def line(self) -> str:
        """The counts in words."""
        return ", ".join(f"{count} {name}" for name, count in msgspec.structs.asdict(self).items())
