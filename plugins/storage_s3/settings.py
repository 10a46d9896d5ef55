"""The [storage_s3] table of settings.toml."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, field_validator, model_validator

PLUGIN = "storage_s3"
WEEK = 7 * 86400  # the longest life of a presigned URL that S3 knows
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class BucketSettings(BaseModel):
    """Which bucket, how to reach it, and how far to trust it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="It has to exist.")
    endpoint: HttpUrl | None = Field(None, description="The store's address; that of AWS in the region when unset.")
    public_endpoint: HttpUrl | None = Field(
        None, description="The store's address as browsers reach it, where that is another than `endpoint`."
    )
    region: str = Field("us-east-1", pattern=r"^[a-z0-9-]{2,40}$", description="What signatures are made for.")
    addressing: Literal["auto", "path", "virtual"] = Field(
        "auto", description="`auto` is virtual (bucket.host) on AWS, and path (host/bucket) elsewhere."
    )
    prefix: str = Field(
        "", pattern=r"^$|^[a-z0-9_-][a-z0-9_-]{0,60}$", description="The folder of the bucket that is ours."
    )
    access_key: str | None = Field(
        None, min_length=1, description="When unset, credentials come from the environment, as for every AWS tool."
    )
    secret_key: SecretStr | None = Field(None, description="It goes with `access_key`.")
    public_base_url: HttpUrl | None = Field(
        None, description="A CDN or web server that reads the bucket's `videos/`, and nothing else of it."
    )
    public_bucket: bool = Field(False, description="Whether a bucket policy lets everybody read `videos/`.")
    checksums: Literal["sha256", "md5", "none"] = Field(
        "sha256",
        description="What the store compares bytes with; with `sha256`, browsers declare that of each part.",
    )
    conditional_writes: bool = Field(True, description="Send `If-None-Match: *`, so that no object is overwritten.")
    acl: Literal["", "private", "public-read", "bucket-owner-full-control"] = Field(
        "", description="Sent with every new object; most stores want none."
    )
    encryption: Literal["", "AES256", "aws:kms"] = Field("", description="Server-side encryption to ask for.")
    encryption_key: str = Field("", description="The KMS key that goes with `aws:kms`; the account's own when empty.")
    read_url_seconds: int = Field(
        6 * 3600, ge=60, le=WEEK // 2, description="Longest life of a link to what is not public."
    )
    part_url_seconds: int = Field(3600, ge=60, le=WEEK, description="Longest life of a link that takes a part.")
    put_part_size: int = Field(
        16 * 1024**2, ge=5 * 1024**2, le=1024**3, description="Bytes above which a file of ours is sent in parts."
    )
    connect_seconds: float = Field(5, gt=0, description="Longest wait for a connection.")
    silence_seconds: float = Field(30, gt=0, description="Longest wait for the next bytes of an answer.")
    answer_seconds: float = Field(
        20, gt=0, description="Longest wait for the answer to a question, such as which parts are there; all attempts."
    )
    complete_seconds: float = Field(
        60, gt=0, description="Longest wait for an object to be made of its parts; all attempts."
    )
    attempts: int = Field(6, ge=1, le=20, description="How often a request is sent before it counts as failed.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key need each other: set both, or neither")
        if self.encryption_key and self.encryption != "aws:kms":
            raise ValueError('encryption_key is set: set encryption = "aws:kms" too')
        for name in ("endpoint", "public_endpoint", "public_base_url"):
            self._check_address(name)
        if self.virtual and "." in self.bucket:
            raise ValueError('no certificate fits a bucket with a dot in its name: use addressing = "path"')
        if self.virtual and any(_is_address(host) for host in (self._host("endpoint"), self._host("public_endpoint"))):
            raise ValueError('addressing = "virtual" puts the bucket before a name, not before a number: use "path"')
        return self

    def _check_address(self, name: str) -> None:
        url: HttpUrl | None = getattr(self, name)
        if url is None:
            return
        if url.query or url.fragment or url.username or url.password:
            raise ValueError(f"{name} is the address only: no user, no ?, no #")
        if name != "public_base_url" and url.path not in (None, "/"):
            raise ValueError(f"{name} has no path: the bucket has a key of its own")

    def _host(self, name: str) -> str:
        url: HttpUrl | None = getattr(self, name)
        return (url.host or "") if url else ""

    @property
    def virtual(self) -> bool:
        """Whether the bucket's name is part of the host's."""
        return self.addressing == "virtual" or (self.addressing == "auto" and self.endpoint is None)

    @property
    def address(self) -> str:
        """The store's address as this site reaches it, without a trailing slash."""
        return str(self.endpoint).rstrip("/") if self.endpoint else f"https://s3.{self.region}.amazonaws.com"

    @property
    def browser_endpoint(self) -> str:
        """The store's address as browsers reach it, without a trailing slash."""
        return str(self.public_endpoint).rstrip("/") if self.public_endpoint else self.address

    @property
    def bucket_url(self) -> str:
        """Where browsers find the bucket, in either addressing style, without a trailing slash."""
        if not self.virtual:
            return f"{self.browser_endpoint}/{self.bucket}"
        parts = urlsplit(self.browser_endpoint)
        return f"{parts.scheme}://{self.bucket}.{parts.netloc}"

    @property
    def browser_origins(self) -> tuple[str, ...]:
        """The origins of the bucket and the CDN, each once."""
        urls = [self.bucket_url, *([str(self.public_base_url)] if self.public_base_url else [])]
        return tuple(dict.fromkeys(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, urls)))


class S3Settings(BucketSettings):
    """One bucket or several, each a storage of its own. `mutoscope storage check` proves what stands here."""

    also: dict[str, BucketSettings] = Field(
        default_factory=dict, description="Further storages by name: `[storage_s3.also.attic]` has the same keys."
    )

    @field_validator("also", mode="after")
    @classmethod
    def _names(cls, also: dict[str, BucketSettings]) -> dict[str, BucketSettings]:
        for name in also:
            if not _NAME.fullmatch(name) or name == PLUGIN:
                raise ValueError(
                    f"{name[:60]!r} cannot name a storage: a letter first, then at most 39 of a-z, 0-9, _ and -, and "
                    f"not {PLUGIN!r}"
                )
        return also

    @model_validator(mode="after")
    def _places_differ(self) -> Self:
        places: dict[tuple[str, str, str], str] = {}
        for name, own in self.storages.items():
            if (twin := places.setdefault((own.address, own.bucket, own.prefix), name)) != name:
                raise ValueError(
                    f"{table_of(twin)} and {table_of(name)} are one place, and what is moved between them would be "
                    "deleted; give them different buckets or prefixes"
                )
        return self

    @property
    def storages(self) -> Mapping[str, BucketSettings]:
        """Every bucket by its storage's name, this table's own first."""
        return {PLUGIN: self, **self.also}


def table_of(name: str) -> str:
    """Return the table of settings.toml that describes the storage of this name."""
    return PLUGIN if name == PLUGIN else f"{PLUGIN}.also.{name}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
