"""What is set wrongly is said before the site starts; what is set rightly leads to the bucket."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.settings import SettingsError, validate_plugins
from plugins.storage_s3.settings import S3Settings


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({}, "bucket"),
        ({"bucket": "Upper"}, "bucket"),
        ({"bucket": "media", "access_key": "a"}, "secret_key"),
        ({"bucket": "media", "secret_key": "a"}, "access_key"),
        ({"bucket": "media", "endpoint": "https://a.example/path"}, "no path"),
        ({"bucket": "media", "endpoint": "https://user:word@a.example"}, "no user"),
        ({"bucket": "media", "public_base_url": "https://a.example/?x"}, "no \\?"),
        ({"bucket": "media", "endpoint": "http://127.0.0.1:9000", "addressing": "virtual"}, "path"),
        ({"bucket": "media.example"}, "path"),
        ({"bucket": "media", "encryption_key": "arn:aws:kms:x"}, "aws:kms"),
        ({"bucket": "media", "prefix": "../other"}, "prefix"),
        ({"bucket": "media", "checksum": "md5"}, "checksum"),
        ({"bucket": "media", "put_part_size": 1024}, "put_part_size"),
        (
            {"bucket": "media", "also": {"attic": {"bucket": "media"}}},
            "storage_s3.also.attic are one place",
        ),
        ({"bucket": "media", "also": {"a": {"bucket": "old"}, "b": {"bucket": "old"}}}, "also.a and storage_s3.also.b"),
        ({"bucket": "media", "also": {"Attic": {"bucket": "old"}}}, "'Attic' cannot name a storage"),
        ({"bucket": "media", "also": {"a" * 41: {"bucket": "old"}}}, "at most 39"),
        ({"bucket": "media", "also": {"storage_s3": {"bucket": "old"}}}, "not 'storage_s3'"),
        ({"bucket": "media", "also": {"attic": {"bucket": "old", "also": {}}}}, "also"),
    ],
)
def test_impossible_table_is_refused_with_a_reason(table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        S3Settings.model_validate(table)


@pytest.mark.parametrize(
    ("table", "bucket_url"),
    [
        ({}, "https://media.s3.us-east-1.amazonaws.com"),
        ({"region": "eu-west-1", "addressing": "path"}, "https://s3.eu-west-1.amazonaws.com/media"),
        ({"endpoint": "https://store.example"}, "https://store.example/media"),
        ({"endpoint": "https://store.example:9000", "addressing": "virtual"}, "https://media.store.example:9000"),
        ({"endpoint": "http://minio:9000", "public_endpoint": "https://s3.example"}, "https://s3.example/media"),
    ],
)
def test_both_addressing_styles_lead_browsers_to_the_bucket(table: dict[str, Any], bucket_url: str) -> None:
    assert S3Settings.model_validate({"bucket": "media", **table}).bucket_url == bucket_url


def test_folders_of_one_bucket_may_be_two_storages() -> None:
    table = {"bucket": "media", "also": {"attic": {"bucket": "media", "prefix": "attic"}}}
    assert list(S3Settings.model_validate(table).storages) == ["storage_s3", "attic"]


def test_pages_may_reach_bucket_and_cdn_and_nothing_else() -> None:
    own = S3Settings(bucket="media", public_base_url="https://cdn.example/media")  # type: ignore[arg-type]
    assert own.browser_origins == ("https://media.s3.us-east-1.amazonaws.com", "https://cdn.example")


def test_k_3_secret_key_is_never_shown() -> None:
    own = S3Settings.model_validate({"bucket": "media", "access_key": "a", "secret_key": "canary"})
    assert "canary" not in f"{own} {own!r} {own.model_dump_json()}"


@pytest.mark.parametrize(
    ("attic", "complaint"),
    [
        ({}, "storage_s3.also.attic.bucket is missing. Add it to [storage_s3.also.attic]"),
        ({"bucket": "UPPER"}, "storage_s3.also.attic.bucket = 'UPPER': "),
        ({"bucket": "old", "secret": "x"}, "storage_s3.also.attic.secret: unknown setting"),
        ({"bucket": "old", "access_key": "a"}, "storage_s3.also.attic: access_key and secret_key need each other"),
    ],
)
def test_mistake_in_a_further_bucket_names_the_full_key(attic: dict[str, str], complaint: str) -> None:
    raw = {"storage_s3": {"bucket": "media", "also": {"attic": attic}}}
    with pytest.raises(SettingsError) as caught:
        validate_plugins(raw, {"storage_s3": S3Settings}, ["storage_s3"])
    assert complaint in str(caught.value)


def test_k_3_secret_of_a_further_bucket_is_never_shown() -> None:
    raw = {"bucket": "old", "access_key": "a", "secret_key": "canary", "encryption_key": "x"}
    with pytest.raises(SettingsError) as caught:
        validate_plugins({"storage_s3": {"bucket": "b--", "also": {"attic": raw}}}, {"storage_s3": S3Settings}, [])
    assert "canary" not in str(caught.value)
