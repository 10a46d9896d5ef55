"""What a storage must do (`protocol`), the values it deals in, and the storages of a site."""

from core.storage.checksums import composite, composite_of, is_sha256
from core.storage.errors import ObjectMissing, StorageError, StorageFull, UploadMismatch
from core.storage.findings import Finding, Level, finding
from core.storage.objects import ReadGrant, StorageKey, StoredObject
from core.storage.protocol import Storage
from core.storage.stores import Storages
from core.storage.uploads import Part, PartRequest, UploadTarget

__all__ = [
    "Finding",
    "Level",
    "ObjectMissing",
    "Part",
    "PartRequest",
    "ReadGrant",
    "Storage",
    "StorageError",
    "StorageFull",
    "StorageKey",
    "Storages",
    "StoredObject",
    "UploadMismatch",
    "UploadTarget",
    "composite",
    "composite_of",
    "finding",
    "is_sha256",
]
