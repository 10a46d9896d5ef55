"""Files that ask their reader to open another: playlists and lists under a video's name (T-1)."""

from core.testing.media.makers import Maker, text

_HLS = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:4\n"
_END = "#EXTINF:4,\n{target}\n#EXT-X-ENDLIST\n"

DISGUISES: dict[str, str] = {
    "playlist": f"{_HLS}{_END}",
    "playlist_of_pieces": f"{_HLS}#EXTINF:4,\nconcat:{{target}}|{{target}}\n#EXT-X-ENDLIST\n",
    "playlist_with_key": f'{_HLS}#EXT-X-KEY:METHOD=AES-128,URI="{{target}}"\n{_END}',
    "playlist_with_map": f'{_HLS}#EXT-X-MAP:URI="{{target}}"\n{_END}',
    "playlist_of_playlists": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=2\n/source\n",
    "playlist_after_mark": f"\ufeff{_HLS}{_END}",
    "playlist_in_transport": f"G{' ' * 187}\n{_HLS}{_END}",
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "manifest": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1">'
    "<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>\n",
    "windows_list": '<asx version="3.0"><entry><ref href="{target}"/></entry></asx>\n',
    "session": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns={target}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    "redirect": "RTSPtext\n{target}\n",
    "metadata": ";FFMETADATA1\ntitle={target}\n",
    "drawing": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>\n',
    "script": 'AviSource("{target}")\n',
}
"""Kind → text whose `{target}` is what a reader that falls for it opens."""

DISGUISED: dict[str, Maker] = {
    f"{kind}.mp4": text(content.format(target="file:///etc/passwd")) for kind, content in DISGUISES.items()
}
