"""Who signs is what the settings say, or what the AWS tools would use; nobody is said in one sentence."""

from pathlib import Path
from typing import Any

import pytest

from core.api import StorageError
from core.testing.sending import Sender
from tests.plugins.storage_s3.conftest import StorageOpener

pytestmark = pytest.mark.slow

NOBODY: dict[str, Any] = {"access_key": None, "secret_key": None}


async def test_missing_credentials_are_said_in_one_sentence(
    open_s3: StorageOpener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(StorageError, match=r"storage_s3\.access_key"):
        async with open_s3(**NOBODY):
            pass


async def test_ambient_credentials_sign(
    table: dict[str, Any], open_s3: StorageOpener, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", table["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", table["secret_key"])
    async with open_s3(**NOBODY) as storage:
        await Sender(storage, sender.http, sender.target).send(3)
        assert [part.number for part in await storage.list_parts(sender.target)] == [3]
