"""The [catalog] table of settings.toml."""

from pydantic import BaseModel, ConfigDict, Field


class CatalogSettings(BaseModel):
    """How long lists are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page_size: int = Field(24, ge=1, le=100, description="Videos on a page of the home page or of a channel.")
    up_next: int = Field(12, ge=0, le=50, description="Videos beside the one that is watched.")
