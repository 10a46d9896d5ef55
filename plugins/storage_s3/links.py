"""Where browsers read objects: permanently what is public, by presigned requests what is granted."""

import time
from collections.abc import Callable

from core.api import ReadGrant, StorageKey
from plugins.storage_s3.bucket import Bucket
from plugins.storage_s3.presign import Presigner


class Links:
    """Writes URLs; nothing here waits for the store."""

    def __init__(self, bucket: Bucket, presigner: Presigner, clock: Callable[[], float] = time.time) -> None:
        self._bucket, self._presigner, self._clock = bucket, presigner, clock

    def url(self, key: StorageKey, grant: ReadGrant | None) -> str:
        """Return the object's URL. Raises ValueError when the grant does not cover it."""
        return self._public(key) if grant is None else self._granted(key, grant)

    def plain(self, key: StorageKey) -> str:
        """Return the address of the object in the bucket, which whoever asks without a signature should not get."""
        return f"{self._bucket.settings.bucket_url}/{self._bucket.path(key)}"

    def _public(self, key: StorageKey) -> str:
        settings, path = self._bucket.settings, self._bucket.path(key)
        if settings.public_base_url is not None:
            return f"{str(settings.public_base_url).rstrip('/')}/{path}"
        if settings.public_bucket:
            return self.plain(key)
        return self._presigner.steady_url("GET", path, window=settings.read_url_seconds)

    def _granted(self, key: StorageKey, grant: ReadGrant) -> str:
        if not grant.covers(key):
            raise ValueError(f"a grant for {grant.prefix} cannot open {key}; grant that, or what it lies in")
        latest = int(self._clock()) + self._bucket.settings.read_url_seconds
        # The object itself says `public`, which holds for whoever reads it from the CDN.
        query = {"response-cache-control": f"private, max-age={self._bucket.settings.read_url_seconds}"}
        return self._presigner.url("GET", self._bucket.path(key), expires_at=min(grant.expires_at, latest), query=query)
