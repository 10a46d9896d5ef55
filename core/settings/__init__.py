"""What a deployer chooses: settings.toml, .secrets.toml and the environment, as frozen models."""

from core.settings.loading import read_raw, validate_core, validate_plugins
from core.settings.tables import (
    ChunkSettings,
    CoreSettings,
    JobSettings,
    LogSettings,
    Settings,
    SettingsError,
    UploadSettings,
)

__all__ = [
    "ChunkSettings",
    "CoreSettings",
    "JobSettings",
    "LogSettings",
    "Settings",
    "SettingsError",
    "UploadSettings",
    "read_raw",
    "validate_core",
    "validate_plugins",
]
