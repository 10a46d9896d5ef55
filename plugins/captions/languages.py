"""Which languages captions can be in: those of the IANA registry (BCP 47), written in one way."""

import re
from typing import Annotated

import langcodes
from pydantic import AfterValidator, StringConstraints

# Language, script and region are enough to tell texts apart; variants and extensions of BCP 47 are not taken.
_TAG = re.compile("[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")


def _registered(tag: str) -> str:
    if not _TAG.fullmatch(tag) or not langcodes.tag_is_valid(tag):
        raise ValueError("It should be a language tag of BCP 47, such as en, pt-BR or zh-Hant")
    return langcodes.standardize_tag(tag)


Language = Annotated[str, StringConstraints(max_length=12, strip_whitespace=True), AfterValidator(_registered)]
"""A registered tag in its standard spelling: `iw` becomes `he`, `pt-br` becomes `pt-BR`."""

# Offered by the form, by their own names (CLDR); any other registered language can be typed.
COMMON = {
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "ca": "Català",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "id": "Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "nl": "Nederlands",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "pt-BR": "Português (Brasil)",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sr": "Српски",
    "sv": "Svenska",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
}


def name_of(language: str) -> str:
    """Return what speakers call the language, or its tag."""
    return COMMON.get(language, language)
