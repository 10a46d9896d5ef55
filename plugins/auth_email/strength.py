"""Say what is wrong with a new password: its length, or that it is among the first that anybody would try."""

import re
from collections.abc import Iterable

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from plugins.auth_email.settings import AuthEmailSettings

# The 30,000 most frequent passwords of known breaches.
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])
# "password2024!" is no better than "password": up to this many digits and signs around a word count for nothing.
_DECORATION = 6
_LONGEST_PATTERN = 4
_SHORTEST_WORD = 3
_SIGNS = re.compile(r"[\W\d_]+")


def complaint_about(password: str, settings: AuthEmailSettings, words: Iterable[str]) -> str | None:
    """Return what is wrong with it as a sentence, or None. `words` are what others know: the site's name, the handle.

    Only length and guessability count; no kinds of characters are asked for (ASVS 6.2, NIST SP 800-63B 3.1.1).
    """
    if len(password) < settings.password_min_length:
        return f"Use at least {settings.password_min_length} characters; a few words in a row are easy to remember."
    if len(password) > settings.password_max_length:
        return f"Use at most {settings.password_max_length} characters."
    if _is_guessable(password.casefold(), words):
        return "This is among the first that anybody would try. A few words that do not belong together are better."
    return None


def _is_guessable(password: str, words: Iterable[str]) -> bool:
    if password in _COMMON or _repeats(password):
        return True
    bare = _SIGNS.sub("", password)
    known = {_SIGNS.sub("", part) for word in words for part in (word.casefold(), *_SIGNS.split(word.casefold()))}
    guessable = bare in _COMMON or bare in {word for word in known if len(word) >= _SHORTEST_WORD}
    return guessable and len(password) - len(bare) <= _DECORATION


def _repeats(password: str) -> bool:
    period = (password + password).find(password, 1)
    return period <= _LONGEST_PATTERN
