"""Which issuers a process trusts, from its settings."""

from collections.abc import Iterable, Sequence

from google.protobuf.descriptor import ServiceDescriptor

from libs.clock import SystemClock
from libs.config import ConfigError, Settings
from libs.country import Directory
from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.identity.development import DevelopmentIssuer, development_issuer
from libs.rpc.identity.port import Roles
from libs.rpc.identity.tokens import Tokens
from libs.tls import is_loopback


class Everything:
    """Permits all that these services can do to whoever has a token."""

    def __init__(self, services: Sequence[ServiceDescriptor]) -> None:
        methods = [method for service in services for method in service.methods]
        self._all = frozenset(method.GetOptions().Extensions[options_pb2.access].permission for method in methods)

    def permissions_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """See Roles."""
        return self._all


def open_tokens(directory: Directory, roles: Roles, development: DevelopmentIssuer) -> Tokens:
    """Who verifies the callers of this process. Tokens come from outside, so they are held against the
    machine's clock, whatever clock the cell is played with."""
    return Tokens([development.trusted], directory=directory, clock=SystemClock(), roles=roles)


def open_development(settings: Settings, directory: Directory) -> DevelopmentIssuer:
    """The development issuer of a cell; ConfigError where it must not be trusted."""
    host = settings.listen.rpartition(":")[0]
    if not is_loopback(host):
        raise ConfigError(
            f"PRM_ISSUERS_FILE: {host} can be reached from outside this machine, where nobody may sign their own "
            "tokens; name a file with the issuers whose tokens count, or listen on 127.0.0.1"
        )
    return development_issuer(settings.data_dir, directory.here.code)
