"""HLS playlists (RFC 8216), written from the rendition rows so that every URL in them fits its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models import Rendition, RenditionSet, User, Video, Visibility
from core.storage import ReadGrant, Storage, StorageKey
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


def media_links(services: "Services", video: Video, viewer: User | None) -> MediaLinks:
    """Return the addresses of a watchable video's playlist and poster; `video.current_set` and owner are loaded."""
    current = video.current_set
    if current is None:
        return MediaLinks(None, None)
    master = services.urls.path("core.master", video_id=video.id, set_id=current.id, key=key_of(video))
    poster = None
    # In a list, a video whose storage has gone must not take the others with it. Its playlists say what is wrong.
    if current.poster and current.storage in services.storages:
        grant = grant_for(video, current.prefix, viewer)
        poster = services.storages[current.storage].url(StorageKey(current.prefix).child(current.poster), grant)
    return MediaLinks(master, poster)


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

    audio = next((rendition for rendition in renditions if rendition.kind == "audio"), None)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if audio is not None:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_AUDIO_GROUP}",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,URI="{uri(audio)}"'
        )
    lines += text_media((text, _text_uri(services, video, rendition_set, text)) for text in texts)
    subtitles = f',SUBTITLES="{TEXT_GROUP}"' if texts else ""
    for rendition in sorted(renditions, key=lambda each: (each.height or 0, each.peak_bandwidth), reverse=True):
        if rendition.kind == "video":
            lines += [_stream(rendition, audio) + subtitles, uri(rendition)]
    return "\n".join(lines) + "\n"


def _text_uri(services: "Services", video: Video, rendition_set: RenditionSet, text: TextTrack) -> str:
    return services.urls.path(
        "core.text_playlist", video_id=video.id, set_id=rendition_set.id, track_id=text.id, key=key_of(video)
    )


def _stream(video: Rendition, audio: Rendition | None) -> str:
    heard = [audio] if audio else []
    attributes = [
        f"BANDWIDTH={video.peak_bandwidth + sum(each.peak_bandwidth for each in heard)}",
        f"AVERAGE-BANDWIDTH={video.average_bandwidth + sum(each.average_bandwidth for each in heard)}",
        f'CODECS="{",".join([video.codecs, *(each.codecs for each in heard)])}"',
        f"RESOLUTION={video.width}x{video.height}",
        f"FRAME-RATE={video.frame_rate:.3f}",
        *(f'AUDIO="{_AUDIO_GROUP}"' for _ in heard),
    ]
    return "#EXT-X-STREAM-INF:" + ",".join(attributes)


def media_playlist(storage: Storage, prefix: str, rendition: Rendition, grant: ReadGrant | None) -> str:
    """Return a rendition's playlist; every segment is a URL of the storage, signed when there is a grant."""

    def url(name: str) -> str:
        return storage.url(StorageKey(prefix).child(*name.split("/")), grant)

    # RFC 8216, 4.3.3.1: each duration, rounded to the nearest integer, is at most the target.
    target = max((int(seconds + 0.5) for _, seconds, _ in rendition.segments), default=1)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(target, 1)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{url(rendition.init)}"',
    ]
    for name, seconds, _ in rendition.segments:
        lines += [f"#EXTINF:{seconds:.6f},", url(name)]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"
