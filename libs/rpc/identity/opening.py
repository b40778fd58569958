"""Creates the authenticator of a process from its settings."""

from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec

from libs.clock import SystemClock
from libs.config import ConfigError, Settings
from libs.country import Directory
from libs.rpc.identity.denied import DenyList
from libs.rpc.identity.development import DevelopmentIssuer, development_issuer
from libs.rpc.identity.issuer import VARIABLE, Trusted, read_issuers
from libs.rpc.identity.port import Roles
from libs.rpc.identity.published import PublishedKeys
from libs.rpc.identity.tokens import Tokens
from libs.tls import is_loopback


class Admission(msgspec.Struct, frozen=True):
    """tokens: the authenticator. development: the development issuer; None if issuers are configured. sources: the keys
    of the configured issuers. denied: the deny list."""

    tokens: Tokens
    development: DevelopmentIssuer | None
    sources: Sequence[PublishedKeys]
    denied: DenyList

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """The background tasks that must run while the process serves calls."""
        forget = self.tokens.forget
        return [self.denied.run(forget), *(source.run(forget) for source in self.sources)]


def open_admission(settings: Settings, directory: Directory, roles: Roles) -> Admission:
    """The authenticator and its parts; ConfigError if the settings do not allow to authenticate callers. Tokens are
    compared with the machine's clock, even if the cell's clock was advanced."""
    denied = DenyList(settings.deny_file)
    development = None
    if settings.issuers_file is None:
        development = open_development(settings, directory)
        trusted, sources = [development.trusted], []
    else:
        issuers = read_issuers(settings.issuers_file)
        sources = [PublishedKeys(one) for one in issuers]
        trusted = [Trusted(issuer, keys) for issuer, keys in zip(issuers, sources, strict=True)]
    tokens = Tokens(trusted, directory=directory, clock=SystemClock(), roles=roles, denied=denied)
    return Admission(tokens, development, sources, denied)


def open_development(settings: Settings, directory: Directory) -> DevelopmentIssuer:
    """The development issuer of a cell; ConfigError if issuers are configured or the process does not listen on
    loopback, because then it must not be trusted."""
    host = settings.listen.rpartition(":")[0]
    if settings.issuers_file is not None:
        raise ConfigError(
            f"{VARIABLE} is set: this cell takes the tokens of the issuers named there, and of nobody else"
        )
    if not is_loopback(host):
        raise ConfigError(
            f"{VARIABLE}: {host} can be reached from outside this machine, where nobody may sign their own tokens; "
            "name a file with the issuers whose tokens count, or listen on 127.0.0.1"
        )
    return development_issuer(settings.data_dir, directory.here.code)
