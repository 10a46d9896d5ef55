"""Captions in HLS (RFC 8216): plugins have the texts, the playlists say where they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models import RenditionSet, Video

if TYPE_CHECKING:
    from core.services import Services

TEXT_GROUP = "text"


@dataclass(frozen=True, slots=True)
class TextTrack:
    """Captions of a whole video in one WebVTT file."""

    id: str
    """Of `[0-9a-z-]`, at most 40; no other track of the video has it."""
    language: str
    """A BCP 47 tag."""
    label: str
    """What people choose it by."""
    url: str
    """Where whoever may watch the video, and nobody else, reads it."""


async def text_tracks_of(services: "Services", video: Video) -> list[TextTrack]:
    """Return what every plugin has for the video, in settings order."""
    answers = services.hooks.ask("text_tracks", video=video, services=services)
    return [track async for tracks in answers for track in tracks]


def text_media(tracks: Iterable[tuple[TextTrack, str]]) -> list[str]:
    """Return a line of the master playlist for each track and the address of its playlist."""
    lines, taken = [], set[str]()
    for track, uri in tracks:
        # RFC 8216, 4.2 and 4.3.4.1.1: no quotes and line breaks, and no name twice in a group.
        name = " ".join(track.label.replace('"', "'").split())
        name = f"{name} ({track.id})" if name in taken else name
        taken.add(name)
        lines.append(
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{TEXT_GROUP}",NAME="{name}",LANGUAGE="{track.language}",'
            f'DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="{uri}"'
        )
    return lines


def find_track(tracks: Sequence[TextTrack], track_id: str) -> TextTrack | None:
    """Return the track with this id."""
    return next((track for track in tracks if track.id == track_id), None)


def text_playlist(track: TextTrack, rendition_set: RenditionSet) -> str:
    """Return a track's playlist: one segment, as long as the video."""
    seconds = rendition_set.duration
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, int(seconds + 0.5))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXTINF:{seconds:.6f},",
        track.url,
        "#EXT-X-ENDLIST",
    ]
    return "\n".join(lines) + "\n"
