"""Public media have one address; private ones have links that bind object, viewer's time and nothing else."""

import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from core.api import ReadGrant, attachment
from core.testing.sending import StorageHttp
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import ORIGINAL, SEGMENT, SET, StorageOpener
from tests.s3_gateway import Gateway, Rules


@pytest.fixture
async def stored(storage: S3Storage, tmp_path: Path) -> S3Storage:
    """A storage with a segment of a video and of another."""
    (tmp_path / "segment").write_bytes(b"segment")
    for key in (SEGMENT, SET.child("720p_00002.m4s")):
        await storage.put_file(key, tmp_path / "segment", content_type="video/mp4")
    return storage


@pytest.mark.slow
async def test_public_media_come_from_the_cdn(open_s3: StorageOpener) -> None:
    async with open_s3(public_base_url="https://cdn.example/media/", prefix="site") as storage:
        assert storage.url(SEGMENT, None) == f"https://cdn.example/media/site/{SEGMENT}"
        assert storage.browser_origins[-1] == "https://cdn.example"


@pytest.mark.slow
async def test_public_bucket_is_read_without_a_signature(
    open_s3: StorageOpener, stored: S3Storage, http: StorageHttp, gateway: Gateway
) -> None:
    gateway.rules = Rules(public=("videos/",))
    async with open_s3(public_bucket=True) as storage:
        url = storage.url(SEGMENT, None)
    assert "?" not in url
    assert await http.get(url) == (200, b"segment")


async def test_p_4_nothing_is_read_without_a_signature_from_a_private_bucket(
    stored: S3Storage, http: StorageHttp
) -> None:
    plain = stored.links.plain(SEGMENT)
    for url in (plain, f"{plain}?versionId=null", plain.replace("/videos/", "//videos/"), plain.rpartition("/")[0]):
        status, body = await http.get(url)
        assert (status, b"segment" in body) == (403, False)


async def test_p_5_link_opens_one_object_with_one_method_until_its_time(stored: S3Storage, http: StorageHttp) -> None:
    url = stored.url(SEGMENT, ReadGrant(SET, "1.viewer", int(time.time()) + 600))
    assert await http.get(url) == (200, b"segment")
    assert (await http.get(url.replace("00001", "00002")))[0] == 403
    assert (await http.get(url.replace("X-Amz-Expires=600", "X-Amz-Expires=6000")))[0] == 403
    assert (await http.get(f"{url}&X-Amz-Expires=600"))[0] == 400
    async with http.session.delete(http.address(url)) as answer:
        assert answer.status == 403
    assert (await http.get(stored.url(SEGMENT, ReadGrant(SET, "1.viewer", int(time.time())))))[0] == 403


@pytest.mark.slow
async def test_link_lives_no_longer_than_grant_and_setting(open_s3: StorageOpener) -> None:
    async with open_s3(read_url_seconds=600) as storage:
        lives = [
            int(parse_qs(urlsplit(storage.url(SEGMENT, grant)).query)["X-Amz-Expires"][0])
            for grant in (ReadGrant(SET, "1.v", int(time.time()) + seconds) for seconds in (60, 86400))
        ]
    assert lives[0] in (59, 60)
    assert lives[1] in (599, 600)


async def test_private_media_stay_out_of_shared_caches(stored: S3Storage, http: StorageHttp) -> None:
    said = []
    for grant in (None, ReadGrant(SET, "1.viewer", int(time.time()) + 600)):
        async with http.session.get(http.address(stored.url(SEGMENT, grant))) as answer:
            said.append(answer.headers["Cache-Control"])
    assert said == ["public, max-age=31536000, immutable", "private, max-age=21600"]


@pytest.mark.slow
async def test_p_7_original_is_a_download_whatever_its_sender_said(storage: S3Storage, http: StorageHttp) -> None:
    target = await storage.open_upload(ORIGINAL, size=4, part_size=4, content_type="text/html")
    part = await storage.sign_part(target, 1, expires_at=int(time.time()) + 60)
    assert await http.send(part, b"<b>!") == 200
    await storage.complete_upload(target)
    url = storage.url(ORIGINAL, ReadGrant(ORIGINAL, "1.owner", int(time.time()) + 60))
    async with http.session.get(http.address(url)) as answer:
        kinds = answer.headers["Content-Type"], answer.headers["Content-Disposition"]
    assert kinds == ("application/octet-stream", "attachment")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("My clip (1).mp4", "attachment; filename*=utf-8''My%20clip%20%281%29.mp4"),
        ("Füße.mp4", "attachment; filename*=utf-8''F%C3%BC%C3%9Fe.mp4"),
        ('a"; filename=b', "attachment; filename*=utf-8''a%22%3B%20filename%3Db"),
        ("\U0001f469\u200d\U0001f4bb", "attachment; filename*=utf-8''%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB"),
        ("50%25.mp4", "attachment; filename*=utf-8''50%2525.mp4"),
        ("../../etc/passwd", "attachment; filename*=utf-8''..%2F..%2Fetc%2Fpasswd"),
        ("a\r\nX-Evil: 1\0.mp4", "attachment; filename*=utf-8''a%0D%0AX-Evil%3A%201%00.mp4"),
    ],
)
def test_u_9_download_is_named_whatever_the_name(name: str, said: str) -> None:
    assert attachment(name) == said


@pytest.mark.slow
async def test_u_9_name_of_a_download_is_signed(stored: S3Storage, http: StorageHttp) -> None:
    grant = ReadGrant(SET, "1.owner", int(time.time()) + 60)
    url = stored.url(SEGMENT, grant, file_name="Füße.mp4")
    assert await http.saved_as(url) == ("attachment", "Füße.mp4")
    assert (await http.get(url.replace("F%25C3", "G%25C3")))[0] == 403
    assert (await http.get(stored.url(SEGMENT, grant).replace("?", "?response-content-type=text%2Fhtml&")))[0] == 403


@pytest.mark.slow
async def test_file_is_named_by_signed_links_only(stored: S3Storage) -> None:
    with pytest.raises(ValueError, match="grant"):
        stored.url(SEGMENT, None, file_name="clip.mp4")
