"""HLS playlists (RFC 8216), written from the rendition rows so that every URL in them fits its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models import Rendition, RenditionSet, User, Video, Visibility
from core.storage import ReadGrant, Storage
from core.videos.access import grant_for
from core.videos.text_tracks import TEXT_GROUP, TextTrack, text_media

if TYPE_CHECKING:
    from core.services import Services

MASTER_TYPE = "application/vnd.apple.mpegurl"
_AUDIO_GROUP = "audio"


@dataclass(frozen=True, slots=True)
class MediaLinks:
    """Where a page finds a video's media; None while there is none."""

    master: str | None
    poster: str | None
    storyboard: str | None = None


def media_links(services: "Services", video: Video, viewer: User | None) -> MediaLinks:
    """Return the addresses of a watchable video's media; `video.current_set` and owner are loaded."""
    current = video.current_set
    if current is None:
        return MediaLinks(None, None)
    where = {"video_id": video.id, "set_id": current.id, "key": key_of(video)}
    master = services.urls.path("core.master", **where)
    storyboard = services.urls.path("core.storyboard", **where) if current.storyboard else None
    poster = None
    # In a list, a video whose storage has gone must not take the others with it. Its playlists say what is wrong.
    if current.poster and current.storage in services.storages:
        grant = grant_for(video, current.prefix, viewer)
        poster = services.storages[current.storage].url(current.key(current.poster), grant)
    return MediaLinks(master, poster, storyboard)


def require_storage(services: "Services", video: Video) -> None:
    """Raise StorageError when no plugin provides what holds the video's media any more; `current_set` is loaded."""
    if video.current_set is not None:
        _ = services.storages[video.current_set.storage]


def key_of(video: Video) -> str | None:
    """Return what links to the video must carry."""
    return video.link_key if video.visibility is Visibility.UNLISTED else None


def watch_path(services: "Services", video: Video) -> str | None:
    """Return the path of the page that plays the video, with the key of an unlisted one."""
    if not services.urls.knows("catalog.watch"):
        return None
    return services.urls.path("catalog.watch", video_id=video.id, key=key_of(video))


def master_playlist(
    services: "Services",
    video: Video,
    rendition_set: RenditionSet,
    renditions: list[Rendition],
    texts: Sequence[TextTrack] = (),
) -> str:
    """Return the master playlist; `BANDWIDTH` is the measured peak of video and audio together."""

    def uri(rendition: Rendition) -> str:
        return services.urls.path(
            "core.playlist", video_id=video.id, set_id=rendition_set.id, name=rendition.name, key=key_of(video)
        )

    sounds = sorted((rendition for rendition in renditions if rendition.kind == "audio"), key=lambda each: each.id)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_sound(index, sound, uri(sound)) for index, sound in enumerate(sounds)]
    lines += text_media((text, _text_uri(services, video, rendition_set, text)) for text in texts)
    subtitles = f',SUBTITLES="{TEXT_GROUP}"' if texts else ""
    for rendition in sorted(renditions, key=lambda each: (each.height or 0, each.peak_bandwidth), reverse=True):
        if rendition.kind == "video":
            lines += [_stream(rendition, sounds) + subtitles, uri(rendition)]
    return "\n".join(lines) + "\n"


def _text_uri(services: "Services", video: Video, rendition_set: RenditionSet, text: TextTrack) -> str:
    return services.urls.path(
        "core.text_playlist", video_id=video.id, set_id=rendition_set.id, track_id=text.id, key=key_of(video)
    )


def _sound(index: int, sound: Rendition, uri: str) -> str:
    # Names are unique in a group (RFC 8216, 4.3.4.1.1); a language that is told twice is numbered.
    language = f',LANGUAGE="{sound.language}"' if sound.language else ""
    name = " ".join(filter(None, [sound.language or "Audio", str(index + 1) if index else ""]))
    default = "YES" if index == 0 else "NO"
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_AUDIO_GROUP}",NAME="{name}"{language},DEFAULT={default},'
        f'AUTOSELECT=YES,URI="{uri}"'
    )


def _stream(video: Rendition, sounds: Sequence[Rendition]) -> str:
    # One sound is heard at a time: the one that takes most counts (RFC 8216, 4.3.4.2).
    peak = max((each.peak_bandwidth for each in sounds), default=0)
    average = max((each.average_bandwidth for each in sounds), default=0)
    codecs = dict.fromkeys([video.codecs, *(each.codecs for each in sounds)])
    attributes = [
        f"BANDWIDTH={video.peak_bandwidth + peak}",
        f"AVERAGE-BANDWIDTH={video.average_bandwidth + average}",
        f'CODECS="{",".join(codecs)}"',
        f"RESOLUTION={video.width}x{video.height}",
        f"FRAME-RATE={video.frame_rate:.3f}",
        *([f'AUDIO="{_AUDIO_GROUP}"'] if sounds else []),
    ]
    return "#EXT-X-STREAM-INF:" + ",".join(attributes)


def rounded(seconds: float) -> int:
    """Return a segment's duration as RFC 8216 (4.3.3.1) compares it with the target duration of its playlist."""
    return int(seconds + 0.5)


def media_playlist(storage: Storage, rendition_set: RenditionSet, rendition: Rendition, grant: ReadGrant | None) -> str:
    """Return a rendition's playlist; every segment is a URL of the storage, signed when there is a grant.

    While more segments are to follow it is an `EVENT` without an end, which players ask for again. The target duration
    that was announced while it grew stays.
    """

    def url(name: str) -> str:
        return storage.url(rendition_set.key(name), grant)

    target = max([rendition_set.target_duration, *(rounded(seconds) for _, seconds, _ in rendition.segments)])
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(target, 1)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if rendition.ended else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        # What has no end yet is played from the newest part, if nothing else is said (RFC 8216, 6.3.3).
        *([] if rendition.ended else ["#EXT-X-START:TIME-OFFSET=0"]),
        f'#EXT-X-MAP:URI="{url(rendition.init)}"',
    ]
    for name, seconds, _ in rendition.segments:
        lines += [f"#EXTINF:{seconds:.6f},", url(name)]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if rendition.ended else [])]) + "\n"
