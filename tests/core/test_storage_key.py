"""Keys, upload shapes and grants refuse whatever a storage could misunderstand, before any I/O (THREATS P-3, U-10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storage import Part, ReadGrant, StorageKey, UploadMismatch, UploadTarget

KEY = StorageKey("originals/0video/0upload")
TARGET = UploadTarget(KEY, "1", size=25, part_size=10)


@pytest.mark.parametrize(
    "value",
    ["a", "videos/a1/b2/720p/init.mp4", "a-b/c_d/e.f", "-", "_/_", "a/" * 255 + "a", "a" * 255, "a/b..c", "a."],
)
def test_p3_key_of_the_closed_pattern_is_itself(value: str) -> None:
    assert StorageKey(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "/",
        "/etc/passwd",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a/./b",
        ".uploads/1",
        "a/.hidden",
        "A",
        "videos/É",
        "a b",
        "a\\b",
        "a\0b",
        "a\n",
        "a%2fb",
        "a:b",
        "~a",
        "a?b",
        "a#b",
        "\uff41",
        "\u017f",
        "\u212a",
        "a" * 256,
        "a/" * 256 + "a",
        "c:/x",
    ],
)
def test_p3_any_other_key_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="is no storage key"):
        StorageKey(value)


@given(st.text(alphabet=st.sampled_from("aZ09._-/\\%:\0 \u00e9"), max_size=40))
def test_p3_no_key_leaves_its_root_or_hides(value: str) -> None:
    try:
        key = StorageKey(value)
    except ValueError:
        return
    segments = key.split("/")
    assert all(segment and not segment.startswith(".") for segment in segments)
    assert key == key.lower()


def test_p3_child_is_checked_too() -> None:
    assert StorageKey("videos/a").child("720p", "1.m4s") == "videos/a/720p/1.m4s"
    with pytest.raises(ValueError, match="no storage key"):
        StorageKey("videos/a").child("..", "b")


@pytest.mark.parametrize(("size", "part_size", "lengths"), [(25, 10, [10, 10, 5]), (20, 10, [10, 10]), (1, 10, [1])])
def test_u10_parts_add_up_to_the_size(size: int, part_size: int, lengths: list[int]) -> None:
    target = UploadTarget(KEY, "1", size, part_size)
    assert [target.part_length(number) for number in range(1, target.parts + 1)] == lengths


@pytest.mark.parametrize("number", [-1, 0, 4, 10_001, 2**63])
def test_u10_number_outside_the_upload_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"part {number} is outside 1…3"):
        TARGET.part_length(number)


def test_u13_all_parts_in_any_order_are_whole() -> None:
    TARGET.require_whole([Part(3, 5), Part(1, 10), Part(2, 10)])


@pytest.mark.parametrize(
    ("received", "named"),
    [
        ([], "parts 1, 2, 3"),
        ([Part(1, 10), Part(3, 5)], "parts 2"),
        ([Part(1, 10), Part(2, 9), Part(3, 5)], "parts 2"),
        ([Part(1, 10), Part(2, 10), Part(3, 10)], "parts 3"),
        ([Part(1, 10), Part(2, 10), Part(3, 5), Part(4, 1)], "parts 4"),
        ([Part(0, 1), Part(1, 10), Part(2, 10), Part(3, 5)], "parts 0"),
    ],
)
def test_u13_anything_else_is_a_mismatch_that_names_the_parts(received: list[Part], named: str) -> None:
    with pytest.raises(UploadMismatch, match=named):
        TARGET.require_whole(received)


@pytest.mark.parametrize(("size", "part_size"), [(0, 10), (-1, 10), (10, 0)])
def test_u16_upload_without_bytes_is_refused(size: int, part_size: int) -> None:
    with pytest.raises(ValueError, match="are no upload"):
        UploadTarget(KEY, "1", size, part_size)


@pytest.mark.parametrize(
    ("key", "covered"),
    [("videos/a/s", True), ("videos/a/s/1.m4s", True), ("videos/a/s2/1.m4s", False), ("videos/a", False)],
)
def test_p5_grant_covers_whole_segments(key: str, *, covered: bool) -> None:
    grant = ReadGrant(StorageKey("videos/a/s"), "3.viewer", 1)
    assert grant.covers(StorageKey(key)) == covered


@pytest.mark.parametrize("subject", ["", "a&b", "a b", "a%20b", "é", "a\n", "a" * 101])
def test_u8_subject_that_urls_would_escape_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="is not a grant's subject"):
        ReadGrant(StorageKey("videos/a/s"), subject, 1)
