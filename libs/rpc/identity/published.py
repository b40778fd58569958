"""The published keys of an issuer: fetched in advance, and again when a token names an unknown key.

Whatever callers send, keys are fetched at most once in `Pace.gap` seconds; all waiting calls share one fetch.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
import structlog
from jwt import PyJWK

from libs.clock import monotonic
from libs.rpc.identity.fetching import FetchFailed, Keys, fetch_keys
from libs.rpc.identity.issuer import Issuer
from libs.rpc.identity.port import IssuerUnavailable, TokenInvalid

log = structlog.get_logger()


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds. gap: the least between two fetches. refresh: between regular fetches. keep: how long keys stay
    valid while fetches fail. patience: how long a call waits for a fetch."""

    gap: float = 10.0
    refresh: float = 300.0
    keep: float = 3600.0
    patience: float = 8.0


class PublishedKeys:
    """See KeySource; keys are fetched only while `run` runs."""

    def __init__(self, issuer: Issuer, pace: Pace | None = None) -> None:
        self._issuer = issuer
        self._pace = pace or Pace()
        self._keys: Keys = {}
        self._wanted = asyncio.Event()
        self._answered = asyncio.Event()  # replaced for every round
        self._asking = False
        self._asked_at = self._learnt_at = float("-inf")

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """See KeySource."""
        key = self._known(kid, algorithm)
        if key is None and (self._asking or monotonic() - self._asked_at >= self._pace.gap):
            await self._ask()
            key = self._known(kid, algorithm)
        if key is not None:
            return key
        if self._learnt_at < self._asked_at:
            raise IssuerUnavailable(f"the keys of issuer {self._issuer.name} cannot be had now: repeat the call")
        raise TokenInvalid(
            f"the token was signed with a key that issuer {self._issuer.name} does not publish for {algorithm}"
        )

    async def run(self, forget: Callable[[], None]) -> None:
        """Keep the keys up to date. `forget` is called when a key was withdrawn, so that tokens which it verified are
        not accepted any more."""
        while True:
            learnt = await self._learn(forget)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.refresh if learnt else self._pace.gap):
                    await self._wanted.wait()
            self._wanted.clear()

    def _known(self, kid: str, algorithm: str) -> PyJWK | None:
        if monotonic() - self._learnt_at > self._pace.keep:
            return None
        return self._keys.get((kid, algorithm))

    async def _ask(self) -> None:
        self._wanted.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.patience):
                await self._answered.wait()

    async def _learn(self, forget: Callable[[], None]) -> bool:
        """Fetch the keys once; whether that succeeded."""
        self._asking, self._asked_at = True, monotonic()
        try:
            found = await asyncio.to_thread(fetch_keys, self._issuer)
        except FetchFailed as err:
            log.warning("issuer_away", issuer=self._issuer.name, cause=err, again_in_seconds=self._pace.gap)
            return False
        else:
            lost = self._keys.keys() - found.keys()
            self._keys, self._learnt_at = found, monotonic()
            if lost:
                log.info("issuer_keys_withdrawn", issuer=self._issuer.name, keys=sorted(kid for kid, _ in lost))
                forget()
            return True
        finally:
            self._asking = False
            self._wanted.clear()
            answered, self._answered = self._answered, asyncio.Event()
            answered.set()
