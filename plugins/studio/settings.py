"""The [studio] table of settings.toml."""

from pydantic import BaseModel, ConfigDict, Field

from core.models import Visibility


class StudioSettings(BaseModel):
    """What the studio proposes to creators."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default_visibility: Visibility = Field(
        Visibility.PUBLIC, description="Who can watch a new video, unless its creator chooses otherwise."
    )
