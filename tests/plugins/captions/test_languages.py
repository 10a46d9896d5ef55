"""A language is one of the registry, in one spelling (T-10)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from plugins.captions.languages import COMMON, Language, name_of

LANGUAGE: TypeAdapter[str] = TypeAdapter(Language)
SAFE = re.compile("[A-Za-z0-9-]{2,12}")


@pytest.mark.parametrize(
    ("written", "kept"),
    [("EN", "en"), (" pt-br ", "pt-BR"), ("zh-hant", "zh-Hant"), ("iw", "he"), ("es-419", "es-419"), ("yue", "yue")],
)
def test_language_has_one_spelling(written: str, kept: str) -> None:
    assert LANGUAGE.validate_python(written) == kept


def test_languages_offered_are_registered_as_they_stand() -> None:
    assert [LANGUAGE.validate_python(tag) for tag in COMMON] == list(COMMON)
    assert (name_of("de"), name_of("yue")) == ("Deutsch", "yue")


@settings(max_examples=300)
@given(st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?", fullmatch=True) | st.text(max_size=12))
def test_t10_whatever_is_sent_is_a_safe_tag_or_refused(text: str) -> None:
    try:
        tag = LANGUAGE.validate_python(text)
    except ValidationError:
        return
    assert SAFE.fullmatch(tag)
    assert LANGUAGE.validate_python(tag) == tag
