"""The [mail_file] table of settings.toml."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class MailFileSettings(BaseModel):
    """Where messages go instead of to people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(None, description="Where messages are written; `mail` below data_dir if not set.")
