"""Where browsers read objects: permanently what is public, by presigned requests what is granted."""

import time
from collections.abc import Callable

from core.api import ReadGrant, StorageKey, attachment
from plugins.storage_s3.bucket import Bucket
from plugins.storage_s3.presign import Presigner


class Links:
    """Writes URLs; nothing here waits for the store."""

    def __init__(self, bucket: Bucket, presigner: Presigner, clock: Callable[[], float] = time.time) -> None:
        self.bucket, self.presigner, self._clock = bucket, presigner, clock

    def url(self, key: StorageKey, grant: ReadGrant | None, file_name: str | None) -> str:
        """Return the object's URL. Raises ValueError when the grant does not cover it, or for a name without one."""
        if grant is not None:
            return self._granted(key, grant, file_name)
        if file_name is not None:
            raise ValueError(f"{key}: only a signed link can name the file; give a grant for it")
        return self._public(key)

    def plain(self, key: StorageKey) -> str:
        """Return the address of the object in the bucket, which whoever asks without a signature should not get."""
        return f"{self.bucket.settings.bucket_url}/{self.bucket.path(key)}"

    def _public(self, key: StorageKey) -> str:
        settings, path = self.bucket.settings, self.bucket.path(key)
        if settings.public_base_url is not None:
            return f"{str(settings.public_base_url).rstrip('/')}/{path}"
        if settings.public_bucket:
            return self.plain(key)
        return self.presigner.steady_url("GET", path, window=settings.read_url_seconds)

    def _granted(self, key: StorageKey, grant: ReadGrant, file_name: str | None) -> str:
        if not grant.covers(key):
            raise ValueError(f"a grant for {grant.prefix} cannot open {key}; grant that, or what it lies in")
        latest = int(self._clock()) + self.bucket.settings.read_url_seconds
        # The object itself says `public`, which holds for whoever reads it from the CDN.
        query = {"response-cache-control": f"private, max-age={self.bucket.settings.read_url_seconds}"}
        if file_name is not None:
            query["response-content-disposition"] = attachment(file_name)
        return self.presigner.url("GET", self.bucket.path(key), expires_at=min(grant.expires_at, latest), query=query)
