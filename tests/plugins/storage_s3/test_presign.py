"""Presigned URLs are those of botocore, made without waiting, and alive for exactly as long as was said."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from plugins.storage_s3.presign import Credentials, Presigner
from plugins.storage_s3.settings import S3Settings

NOW = 1_790_000_000.5
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def presigner(
    url: str = "https://media.s3.eu-west-1.amazonaws.com", *, keys: Credentials = KEYS, now: float = NOW
) -> Presigner:
    return Presigner(url, "eu-west-1", keys, clock=lambda: now)


def asked(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query)[name][0]


@pytest.mark.parametrize("token", [None, pytest.param("lent/token+=", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "settings",
    [
        {"bucket": "media"},
        {"bucket": "media", "addressing": "path"},
        {"bucket": "media", "endpoint": "https://store.example:9000"},
        {"bucket": "media", "endpoint": "https://store.example", "addressing": "virtual"},
        {"bucket": "media", "endpoint": "http://127.0.0.1:9000"},
    ],
)
async def test_url_is_the_one_that_botocore_makes(settings: dict[str, Any], token: str | None) -> None:
    own = S3Settings(region="eu-west-1", **settings)
    session = get_session()
    session.set_credentials(KEYS.access_key, KEYS.secret_key, token)
    config = AioConfig(signature_version="s3v4", s3={"addressing_style": "virtual" if own.virtual else "path"})
    where = str(own.endpoint).rstrip("/") if own.endpoint else None
    parameters = {"Bucket": "media", "Key": "originals/a b", "UploadId": "x+/=", "PartNumber": 7, "ContentLength": 10}
    async with session.create_client("s3", region_name="eu-west-1", endpoint_url=where, config=config) as client:
        theirs = await client.generate_presigned_url("upload_part", Params=parameters, ExpiresIn=600)
    ours = presigner(own.bucket_url, keys=Credentials(KEYS.access_key, KEYS.secret_key, token)).url_signed_at(
        _unix(asked(theirs, "X-Amz-Date")),
        "PUT",
        "originals/a b",
        lifetime=600,
        query={"uploadId": "x+/=", "partNumber": "7"},
        headers={"Content-Length": "10"},
    )
    assert urlsplit(ours)._replace(query="") == urlsplit(theirs)._replace(query="")
    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)


def _unix(stamp: str) -> int:
    return int(datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize("seconds", [1, 600, 7 * 86400])
def test_url_dies_at_the_second_that_was_said(seconds: int) -> None:
    url = presigner().url("GET", "videos/a", expires_at=int(NOW) + seconds)
    assert _unix(asked(url, "X-Amz-Date")) + int(asked(url, "X-Amz-Expires")) == int(NOW) + seconds


def test_url_that_is_over_is_signed_as_of_then() -> None:
    url = presigner().url("GET", "videos/a", expires_at=int(NOW) - 60)
    assert _unix(asked(url, "X-Amz-Date")) + int(asked(url, "X-Amz-Expires")) == int(NOW) - 60


def test_no_url_outlives_a_week() -> None:
    url = presigner().url("GET", "videos/a", expires_at=int(NOW) + 30 * 86400)
    assert asked(url, "X-Amz-Expires") == str(7 * 86400)


def test_steady_url_changes_once_in_its_window_and_lives_through_the_next() -> None:
    moments = [NOW // 3600 * 3600 + seconds for seconds in (0, 1, 3599, 3600)]
    urls = [presigner(now=now).steady_url("GET", "videos/a", window=3600) for now in moments]
    assert [url == urls[0] for url in urls] == [True, True, True, False]
    assert _unix(asked(urls[0], "X-Amz-Date")) + int(asked(urls[0], "X-Amz-Expires")) == moments[0] + 7200


def test_every_header_that_is_given_is_signed() -> None:
    url = presigner().url("PUT", "a", expires_at=int(NOW) + 60, headers={"Content-Length": "3", "x-amz-acl": "private"})
    assert asked(url, "X-Amz-SignedHeaders") == "content-length;host;x-amz-acl"


def test_usual_port_is_left_out_as_browsers_do() -> None:
    usual, other = presigner("https://store.example:443/media"), presigner("https://store.example/media")
    signed = [asked(each.url("GET", "a", expires_at=int(NOW) + 60), "X-Amz-Signature") for each in (usual, other)]
    assert signed[0] == signed[1]


def test_renewed_credentials_sign_from_now_on() -> None:
    signer = presigner()
    signer.credentials = Credentials("ASIANEW", "another", "token")
    url = signer.url("GET", "a", expires_at=int(NOW) + 60)
    assert (asked(url, "X-Amz-Credential")[:7], asked(url, "X-Amz-Security-Token")) == ("ASIANEW", "token")
