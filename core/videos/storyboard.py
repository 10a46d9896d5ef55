"""Small pictures for the time line: sheets of them, and the WebVTT that says which part of which is shown when."""

from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, ConfigDict

from core.transcoding import EncodedSet, Plan, Sheet, StoryboardPlan


class Storyboard(BaseModel):
    """The sheets of a complete set; their names are relative to its prefix. `duration` is the video's, in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: StoryboardPlan
    duration: float
    sheets: tuple[Sheet, ...]

    @classmethod
    def of(cls, plan: Plan, encoded: EncodedSet) -> Self | None:
        """Return the storyboard of a set, None where it has none."""
        if plan.storyboard is None or not encoded.sheets:
            return None
        return cls(layout=plan.storyboard, duration=encoded.duration, sheets=encoded.sheets)

    def webvtt(self, url: Callable[[str], str]) -> str:
        """Return a cue for each picture, whose text is the sheet's URL and a spatial media fragment (`#xywh=`).

        Players know this form as a thumbnail track; the fragment is that of Media Fragments URI 1.0, 4.2.2.
        """
        layout, cues = self.layout, ["WEBVTT\n"]
        last = self.sheets[-1].first + self.sheets[-1].pictures - 1
        for sheet in self.sheets:
            address = url(sheet.name)
            for place in range(sheet.pictures):
                start = (sheet.first + place) * layout.interval
                # The sound may go on behind the pictures.
                end = self.duration if sheet.first + place == last else min(start + layout.interval, self.duration)
                if end <= start:
                    continue
                x, y = place % layout.columns * layout.width, place // layout.columns * layout.height
                area = f"#xywh={x},{y},{layout.width},{layout.height}"
                cues.append(f"{_timestamp(start)} --> {_timestamp(end)}\n{address}{area}\n")
        return "\n".join(cues)


def _timestamp(seconds: float) -> str:
    hours, rest = divmod(round(seconds * 1000), 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
