"""Checks, before anything is opened, the TLS identity of this process, and that all connections to other machines are
encrypted."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from libs.config import ConfigError, Settings
from libs.messaging.address import servers_of
from libs.messaging.logins import LOGINS_DIR
from libs.passwords import open_password, refuse_secret
from libs.store.address import check_url
from libs.store.opening import STORE_PASSWORD
from libs.tls import Identity, is_loopback, open_identity
from libs.web.address import parse_address


def identity_of(settings: Settings) -> Identity | None:
    """The TLS identity in the settings; None if there is none, so that all addresses are on loopback. ConfigError with
    every fault: certificate files that cannot be used, addresses off loopback without TLS, passwords in URLs."""
    named = (settings.tls_cert, settings.tls_key, settings.tls_ca)
    shown = any(named)
    checks: list[Callable[[], object]] = [partial(parse_address, settings.listen, encrypted=shown)]
    if settings.http_listen:
        checks.append(partial(parse_address, settings.http_listen, encrypted=shown, variable="PRM_HTTP_LISTEN"))
    if settings.nats_url:
        checks += [partial(servers_of, settings.nats_url, identity=shown), partial(_check_no_user, settings)]
    if settings.store_url:
        checks += [partial(_check_store, settings.store_url), partial(_check_store_login, settings)]
    if settings.otlp_endpoint:
        checks.append(partial(_check_collector, settings.otlp_endpoint))
    wrong = [fault for check in checks if (fault := _fault(check))]
    identity = None
    try:
        identity = open_identity(cert=settings.tls_cert, key=settings.tls_key, ca=settings.tls_ca)
    except ConfigError as err:
        wrong.append(str(err))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return identity


def _check_store(url: str) -> None:
    try:
        check_url(url)
    except ValueError as err:
        raise ConfigError(f"PRM_STORE_URL: {err}") from err


def _check_store_login(settings: Settings) -> None:
    refuse_secret("PRM_STORE_URL", settings.store_url, file_variable=STORE_PASSWORD)
    if settings.store_password_file and "@" not in settings.store_url:
        raise ConfigError(
            f"PRM_STORE_URL: names no user for the password in {STORE_PASSWORD}; write mongodb://USER@HOST"
        )
    open_password(STORE_PASSWORD, settings.store_password_file)


def _check_no_user(settings: Settings) -> None:
    if "@" in settings.nats_url:
        raise ConfigError(
            "PRM_NATS_URL: names a user or holds a password; write tls://HOST: each service is a user of its own name, "
            f"whose password is in the file <service>/password of the folder {LOGINS_DIR}"
        )


def _check_collector(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ConfigError(
            "PRM_OTLP_ENDPOINT: write https://host:port, or http://127.0.0.1:port; traces and metrics are not sent in "
            "clear to another machine"
        )


def _fault(check: Callable[[], object]) -> str:
    try:
        check()
    except ConfigError as err:
        return str(err)
    return ""
