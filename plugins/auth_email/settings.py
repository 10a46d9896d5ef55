"""The [auth_email] table of settings.toml."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class AuthEmailSettings(BaseModel):
    """Who may open an account, what a password needs, and how long links live."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    registration: Literal["open", "closed"] = "open"
    creators: Literal["everyone", "on_request", "nobody"] = Field(
        "on_request",
        description="Who may upload: every new account, whoever presses a button, or whom the operators choose.",
    )
    password_min_length: int = Field(10, ge=8, le=64, description="In characters.")
    password_max_length: int = Field(256, ge=64, le=1024, description="In characters.")
    hashing_threads: int = Field(2, ge=1, le=64, description="Passwords hashed at once; each takes a core and 19 MiB.")
    hashing_queue: int = Field(32, ge=0, le=1000, description="Passwords that may wait; more are answered with 503.")
    reset_minutes: int = Field(30, ge=5, le=24 * 60, description="How long a link to a new password lives.")
    setup_minutes: int = Field(60, ge=5, le=24 * 60, description="How long the first administrator's link lives.")
    invite_hours: int = Field(24, ge=1, le=14 * 24, description="How long the link to a first password lives.")
