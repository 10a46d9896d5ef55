"""`mutoscope storage_s3 check` says what it found and what to do, and fails where the site should not open."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.api import Settings
from core.settings import CoreSettings
from plugins import storage_s3
from plugins.storage_s3.settings import S3Settings
from tests.s3_gateway import Gateway, Rules

pytestmark = pytest.mark.slow

SITE = "http://127.0.0.1:8000"


@pytest.fixture
def settings(tmp_path: Path, table: dict[str, Any]) -> Settings:
    return Settings(CoreSettings(data_dir=tmp_path), {"storage_s3": S3Settings.model_validate(table)})


async def run(settings: Settings) -> Result:
    [command] = storage_s3.commands(settings)
    return await asyncio.to_thread(CliRunner().invoke, command)


async def test_hook_commands_offers_a_check_that_passes_a_careful_store(settings: Settings, gateway: Gateway) -> None:
    gateway.rules = Rules(origins=(SITE,))
    result = await run(settings)
    assert result.exit_code == 0, result.output
    assert "ok    unsigned x-amz-copy-source: answered with 403 AccessDenied" in result.output
    assert "FAIL" not in result.output


async def test_u_7_check_exits_with_an_error_and_names_the_remedy(settings: Settings, gateway: Gateway) -> None:
    gateway.rules = replace(Rules(origins=(SITE,)), unsigned_headers=True)
    result = await run(settings)
    assert result.exit_code == 1
    assert "FAIL  unsigned x-amz-copy-source: answered with 200" in result.output
    assert "CVE-2026-97731" in result.output
    assert "do not open the site on this store" in result.output


async def test_missing_credentials_are_said_in_one_sentence(
    table: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    own = S3Settings.model_validate({**table, "access_key": None, "secret_key": None})
    result = await run(Settings(CoreSettings(data_dir=tmp_path), {"storage_s3": own}))
    assert (result.exit_code, "storage_s3.access_key" in result.output) == (1, True)


async def test_ambient_credentials_sign(
    table: dict[str, Any], tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", table["access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", table["secret_key"])
    gateway.rules = Rules(origins=(SITE,))
    own = S3Settings.model_validate({**table, "access_key": None, "secret_key": None})
    result = await run(Settings(CoreSettings(data_dir=tmp_path), {"storage_s3": own}))
    assert result.exit_code == 0, result.output
