"""What a storage cannot do, and why."""


class StorageError(Exception):
    """The storage could not do what was asked; the message says which object and what to do."""


class ObjectMissing(StorageError):
    """No object (or no open multipart upload) of that key exists."""


class StorageFull(StorageError):
    """No space is left; nothing of the refused write stays behind."""


class UploadMismatch(StorageError):
    """The received parts are not exactly the declared upload; it stays open so that parts can be sent again."""
