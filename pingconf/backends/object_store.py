"""Objects in S3, Google Cloud Storage or Azure Blob Storage: the one door to obstore.

An object is created only where there is none, and replaced only if it still is the version that was read:
all three stores keep these promises (obstore's `put`, `mode`). Credentials are what obstore takes from the
environment. No text of obstore's errors leaves this file: it may hold an address with a signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from pingconf.config.urls import is_loopback
from pingconf.model.errors import CredentialError, PingconfError, StateError
from pingconf.model.settings import RemoteState

if TYPE_CHECKING:
    from obstore.store import ObjectStore

Version: TypeAlias = Mapping[str, str]
"""Tells one version of an object from others, in the store's own words."""
ENDPOINTS: Final = {
    "s3": ("AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT", "AZURITE_BLOB_STORAGE_URL"),
}
CREDENTIALS: Final = {
    "s3": "They come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, from"
    " AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or from the machine's role.",
    "gs": "They come from GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_SERVICE_ACCOUNT, or from the machine's"
    " account.",
    "az": "They come from AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY or"
    " AZURE_STORAGE_SAS_KEY, from AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_TENANT_ID, or from"
    " the machine's identity.",
}
DEADLINE: Final = timedelta(seconds=60)
_REASONS: Final = (
    ("NoSuchBucket", "there is no such bucket"),
    ("ContainerNotFound", "there is no such container"),
    ("The specified bucket does not exist", "there is no such bucket"),
    ("certificate", "the TLS certificate cannot be verified"),
    ("dns error", "no such host is known (DNS)"),
    ("tcp connect error", "no connection could be made"),
    ("timed out", "it took too long"),
)
_DENIED: Final = re.compile(
    r"\b(?:401 Unauthorized|403 Forbidden)\b|169\.254\.169\.254|metadata\.google\.internal|MissingCredential"
    r"|credential",
    re.IGNORECASE,
)
_STATUS: Final = re.compile(r"status code: (\d{3})")


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it was read."""

    data: bytes
    version: Version


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of one bucket or container; `place` names the state among them."""

    store: ObjectStore
    place: RemoteState

    @property
    def where(self) -> str:
        """The address of the state."""
        return str(self.place)

    def get(self, key: str) -> Found | None:
        """An object, or None where there is none."""
        import obstore

        with self._explained("read"):
            try:
                answer = obstore.get(self.store, key)
                return Found(bytes(answer.bytes()), self._version(answer.meta))
            except FileNotFoundError as error:
                self._refuse_lost_bucket(error)
                return None

    def version(self, key: str) -> Version | None:
        """Which version an object has now, or None where there is none."""
        import obstore

        with self._explained("read"):
            try:
                return self._version(obstore.head(self.store, key))
            except FileNotFoundError as error:
                self._refuse_lost_bucket(error)
                return None

    def create(self, key: str, data: bytes) -> Version | None:
        """Make an object where there is none; None where there is one already, unless it is this very one:
        then an answer was lost, and the store was asked again."""
        return self._put(key, data, "create")

    def replace(self, key: str, data: bytes, before: Version | None) -> Version | None:
        """Put an object in place of one version of it, or of none; None where another one is there."""
        return self.create(key, data) if before is None else self._put(key, data, dict(before))

    def copy(self, key: str, onto: str) -> None:
        """Keep a copy under another name, whatever had that name; an object that is not there is not
        copied."""
        import obstore

        with self._explained("copy"):
            try:
                obstore.copy(self.store, key, onto)
            except FileNotFoundError as error:
                self._refuse_lost_bucket(error)

    def names(self, prefix: str) -> list[str]:
        """The names of all objects below a prefix that ends with a slash, sorted."""
        import obstore

        with self._explained("list"):
            return sorted(
                str(one["path"]) for part in obstore.list(self.store, prefix=prefix) for one in part
            )

    def delete(self, *keys: str) -> None:
        """Remove objects; those that are gone already are fine."""
        import obstore

        with self._explained("delete from"):
            for key in keys:
                try:
                    obstore.delete(self.store, key)
                except FileNotFoundError as error:
                    self._refuse_lost_bucket(error)

    def _put(self, key: str, data: bytes, mode: Any) -> Version | None:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with self._explained("write"):
            try:
                return self._version(obstore.put(self.store, key, data, mode=mode, use_multipart=False))
            except (AlreadyExistsError, PreconditionError):
                found = self.get(key)
                return found.version if found is not None and found.data == data else None

    def _version(self, meta: Mapping[str, Any]) -> Version:
        version = {name: str(meta[name]) for name in ("e_tag", "version") if meta.get(name)}
        if not version:
            raise StateError(f"The store of {self.where} does not tell versions of an object apart (no ETag)")
        return version

    def _refuse_lost_bucket(self, error: Exception) -> None:
        """Nothing has this name: fine, unless it is the bucket that is not there."""
        if any(sign in str(error) for sign, _ in _REASONS[:3]):
            raise self._failed("read", error) from None

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            raise self._failed(doing, error) from None

    def _failed(self, doing: str, error: Exception) -> PingconfError:
        text = str(error)
        if "PermissionDenied" in type(error).__name__ or "Unauthenticated" in type(error).__name__:
            text = f"403 Forbidden {text}"
        reason = next((said for sign, said in _REASONS if sign in text), "")
        if not reason and _DENIED.search(text):
            headline = f"The store refuses the credentials for {self.where}, or there are none"
            return CredentialError(headline, CREDENTIALS[self.place.scheme])
        status = _STATUS.search(text)
        reason = reason or (f"the store answered {status[1]}" if status else type(error).__name__)
        return StateError(f"Cannot {doing} the state {self.where}: {reason}")


def open_objects(place: RemoteState, environ: Mapping[str, str]) -> Objects:
    """The bucket or container of a state; sends nothing yet. Raises PingconfError where obstore is not
    installed, and StateError for an endpoint that would carry the credentials in the clear."""
    clear = _endpoints_in_the_clear(place, environ)
    try:
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError:
        raise PingconfError(
            f"The state {place} needs obstore, which is not installed",
            "Install it: pip install 'pingconf[remote]'",
        ) from None
    emulator = environ.get("AZURE_STORAGE_USE_EMULATOR", "").lower() in ("1", "true") and place.scheme == "az"
    options: Any = {
        "allow_http": clear or emulator,
        "allow_invalid_certificates": False,
        "timeout": "30s",
        "connect_timeout": "10s",
    }
    retries: Any = {"max_retries": 4, "retry_timeout": DEADLINE}
    store: Any = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}[place.scheme]
    try:
        return Objects(store(place.host, client_options=options, retry_config=retries), place)
    except Exception:  # of obstore's own making; what it says may quote the environment
        headline = f"The store of {place} cannot be opened with what the environment says"
        raise CredentialError(headline, CREDENTIALS[place.scheme]) from None


def _endpoints_in_the_clear(place: RemoteState, environ: Mapping[str, str]) -> bool:
    """Whether an endpoint is plain http, which may be so on loopback only; raises StateError elsewhere."""
    clear = False
    for name in ENDPOINTS[place.scheme]:
        url = environ.get(name, environ.get(name.lower(), ""))
        if url.lower().startswith("http://"):
            clear = True
            if not is_loopback(urlsplit(url).hostname or ""):
                raise StateError(
                    f"{name} must start with https://", "Plain http:// is for loopback addresses only."
                )
    return clear
