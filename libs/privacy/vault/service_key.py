"""The key of one service, which wraps its data keys; the cell's key-encryption key wraps it. So opening a data key
needs no call to a key management service, and rotating the cell's key writes one row."""

import asyncio
from contextlib import suppress

import tink
from tink import aead

from libs.errors import AppError, Code
from libs.privacy.vault.documents import SERVICE_KEYS, ServiceKey
from libs.privacy.wrapping import Wrapping
from libs.store.port import Store, VersionConflict, create, get

_ID = "service"


class ServiceKeyLocked(AppError):
    """The cell's key does not open the key of a service."""

    code, reason = Code.FAILED_PRECONDITION, "SERVICE_KEY_LOCKED"

    def __init__(self, service: str, key: ServiceKey, wrapping: Wrapping) -> None:
        super().__init__(
            f"the key store of {service} was wrapped with the key {key.under}, which is of another cell or folder, "
            f"or was replaced too often; {wrapping.name} wraps now: put back the folder of keys, or the key store, "
            "that belong together"
        )


async def open_service_key(key_store: Store, wrapping: Wrapping, service: str) -> aead.Aead:
    """The key of the service, made at the first start. ServiceKeyLocked, StoreUnavailable,
    KmsUnavailable, KmsRefused."""
    await rewrap(key_store, wrapping, service)
    loaded = await get(key_store, SERVICE_KEYS, _ID)
    if loaded is None:
        fresh = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
        with suppress(VersionConflict):  # another replica was first
            wrapped = await asyncio.to_thread(_wrapped, fresh, wrapping, service)
            await key_store.commit([create(SERVICE_KEYS, wrapped)])
        loaded = await get(key_store, SERVICE_KEYS, _ID)
        assert loaded is not None, "a service key is never deleted"
    handle = await asyncio.to_thread(_unwrapped, loaded.value, wrapping, service)
    return handle.primitive(aead.Aead)


async def rewrap(key_store: Store, wrapping: Wrapping, service: str) -> bool:
    """Wrap the key of the service anew if the cell's key was rotated; whether it was. ServiceKeyLocked,
    StoreUnavailable, KmsUnavailable, KmsRefused."""
    loaded = await get(key_store, SERVICE_KEYS, _ID)
    if loaded is None or loaded.value.under == wrapping.name:
        return False
    handle = await asyncio.to_thread(_unwrapped, loaded.value, wrapping, service)
    wrapped = await asyncio.to_thread(_wrapped, handle, wrapping, service)
    with suppress(VersionConflict):  # another replica did the same
        await key_store.commit([loaded.put(wrapped)])
    return True


def _wrapped(handle: tink.KeysetHandle, wrapping: Wrapping, service: str) -> ServiceKey:
    wrapped = bytes(tink.proto_keyset_format.serialize_encrypted(handle, wrapping.current(), service.encode()))
    return ServiceKey(id=_ID, wrapped=wrapped, under=wrapping.name)


def _unwrapped(key: ServiceKey, wrapping: Wrapping, service: str) -> tink.KeysetHandle:
    opener = wrapping.named(key.under)
    if opener is None:
        raise ServiceKeyLocked(service, key, wrapping)
    try:
        return tink.proto_keyset_format.parse_encrypted(key.wrapped, opener, service.encode())
    except tink.TinkError as err:
        raise ServiceKeyLocked(service, key, wrapping) from err
