"""Fixtures of the verifier's tests: an HLS tree made once, and a copy of it for each test to break."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.core.verifying.hls_tree import make_tree


@pytest.fixture(scope="session")
def good_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree that keeps every rule; it is not to be changed."""
    folder = tmp_path_factory.mktemp("hls")
    asyncio.run(make_tree(folder))
    return folder


@pytest.fixture
def tree(good_tree: Path, tmp_path: Path) -> Path:
    """A copy of the good tree."""
    return Path(shutil.copytree(good_tree, tmp_path / "hls"))
