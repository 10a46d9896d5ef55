"""What signs: the key of the settings, or what the cloud lends this machine, renewed before it runs out."""

from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError

from core.api import StorageError
from plugins.storage_s3.presign import Credentials


async def credentials_of(session: AioSession, table: str) -> Credentials:
    """Return the credentials of this moment, renewed if they end soon. Raises StorageError when there are none.

    `table` of settings.toml is where they could be set.
    """
    try:
        found = await session.get_credentials()
        frozen = await found.get_frozen_credentials() if found is not None else None
    except BotoCoreError as error:
        raise StorageError(f"the credentials for the bucket could not be had: {error}") from error
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise StorageError(
            f"no credentials for the bucket were found. Set {table}.access_key and {table}.secret_key, or what "
            "the AWS tools read: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine's role."
        )
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)
