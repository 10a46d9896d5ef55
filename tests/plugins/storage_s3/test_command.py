"""`mutoscope storage check` as a deployer runs it: exit code 0 for a careful bucket, and reasons for any other."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.running_site import MUTOSCOPE
from tests.s3_gateway import BUGGY_UNSIGNED_HEADERS, Gateway, Rules

pytestmark = pytest.mark.slow

SITE = "https://video.example"
PLUGINS = '["auth_email", "mail_file", "storage_s3", "transcode_ffmpeg"]'


async def check(folder: Path, table: dict[str, Any]) -> tuple[int | None, str, str]:
    """Run the command with this table [storage_s3]; return its exit code, and what it said on both channels."""
    own = {f"STORAGE_S3__{name.upper()}": str(value) for name, value in table.items()}
    settings = {"PLUGINS": PLUGINS, "SITE__BASE_URL": SITE, "LOG__LEVEL": "warning", **own}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MUTOSCOPE_")}
    process = await asyncio.create_subprocess_exec(
        *(MUTOSCOPE, "storage", "check", "storage_s3"),
        cwd=folder,
        env={**inherited, **{f"MUTOSCOPE_{name}": value for name, value in settings.items()}},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_command_passes_a_careful_store(gateway: Gateway, table: dict[str, Any], tmp_path: Path) -> None:
    gateway.rules = Rules(origins=(SITE,))
    code, said, complained = await check(tmp_path, table)
    assert (code, complained) == (0, "")
    assert said.startswith("storage_s3 (takes new objects)\n  ok    bucket: ")
    assert "FAIL" not in said


async def test_u_7_command_fails_a_store_that_obeys_unsigned_headers(
    gateway: Gateway, table: dict[str, Any], tmp_path: Path
) -> None:
    gateway.rules = replace(BUGGY_UNSIGNED_HEADERS, origins=(SITE,))
    code, said, complained = await check(tmp_path, table)
    assert code == 1
    failed = [line for line in said.splitlines() if line.startswith("  FAIL  ")]
    assert any("unsigned x-amz-copy-source" in line for line in failed)
    assert said.count("        → ") >= len(failed)
    assert complained.endswith(f"{len(failed)} checks failed: do not open the site on this storage.\n")
