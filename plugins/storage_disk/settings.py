"""The table [storage_disk] of settings.toml."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class DiskSettings(BaseModel):
    """Where files go, how much room stays free, and how patient we are with a sender."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: str = Field("", description="Folder of the files; <data_dir>/media when empty.")
    min_free_bytes: int = Field(
        1024**3, ge=0, description="Uploads are refused when they would leave less free space than this."
    )
    read_url_seconds: int = Field(
        6 * 3600, ge=60, le=7 * 86400, description="Longest life of a link to what is not public."
    )
    part_senders: int = Field(
        8, ge=1, description="How many parts of one upload each web process takes at the same time."
    )
    part_idle_seconds: float = Field(20, gt=0, description="A sender that is silent for this long is cut off.")
    part_grace_seconds: float = Field(30, ge=0, description="Waiting for a sender before its rate counts.")
    part_min_rate: int = Field(16 * 1024, ge=0, description="Bytes per second under which a sender is cut off.")

    def folder(self, data_dir: Path) -> Path:
        """Return the absolute folder of the files, whether it exists or not."""
        return (Path(self.root) if self.root else data_dir / "media").resolve()
