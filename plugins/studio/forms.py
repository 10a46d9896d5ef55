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


_VideoId = Annotated[str, Field(pattern="^[0-9a-z]{16}$")]
_Cursor = Annotated[str, Field(max_length=500)]


class ListQuery(BaseModel):
    """Where the list goes on, and which video was just deleted or restored."""

    model_config = ConfigDict(extra="forbid")

    cursor: _Cursor | None = None
    deleted: _VideoId | None = None
    restored: _VideoId | None = None


class DeletedQuery(BaseModel):
    """Where the list of deleted videos goes on, and whether one was just erased."""

    model_config = ConfigDict(extra="forbid")

    cursor: _Cursor | None = None
    erased: bool = False


class EditQuery(BaseModel):
    """Whether the details were just saved, and whether the log of the processing is unfolded."""

    model_config = ConfigDict(extra="forbid")

    saved: bool = False
    log: bool = False


class NoFields(BaseModel):
    """A form that is only a button."""

    model_config = ConfigDict(extra="forbid")
