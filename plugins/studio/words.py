"""Times as people read them. In static/format.js `aboutLeft` says the same of what changes on the page."""

_MINUTE, _HOUR = 60, 3600


def about_left(seconds: int | None) -> str:
    """Return how long a step will take: "about 2 min left"; nothing where nobody can tell."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {-(-seconds // 10) * 10} s left"
    minutes = max(1, int(seconds / _MINUTE + 0.5))
    if minutes < 90:
        return f"about {minutes} min left"
    hours, rest = divmod(int(minutes / 10 + 0.5) * 10, 60)
    return f"about {hours} h {rest} min left" if rest else f"about {hours} h left"


def how_long(seconds: float | None) -> str:
    """Return what something took: "0.4 s", "12 s", "3 min 5 s", "1 h 4 min"; a dash where it is not known."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
