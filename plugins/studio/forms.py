"""What the studio's pages take: the form of a video's details, and the query of the list."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.api import Line, Prose
from core.models import Visibility


class DetailsForm(BaseModel):
    """All that a creator can say of a video; the page always sends every field."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(max_length=120)]
    description: Prose = ""
    visibility: Visibility


class ListQuery(BaseModel):
    """Where the list goes on, and whether a video was just deleted."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, Field(max_length=500)] | None = None
    deleted: bool = False


class EditQuery(BaseModel):
    """Whether the details were just saved."""

    model_config = ConfigDict(extra="forbid")

    saved: bool = False


class NoFields(BaseModel):
    """A form that is only a button."""

    model_config = ConfigDict(extra="forbid")
