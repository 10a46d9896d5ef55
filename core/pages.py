"""What plugins put on pages."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the main navigation; shown to users who have `permission`, or to all. `icon` is a sprite name."""

    label: str
    icon: str
    route: str
    permission: str | None = None
    tab: bool = False
    """Also stands in the tab bar of small screens."""


@dataclass(frozen=True, slots=True)
class LoginOption:
    """A way to sign in, or to open an account."""

    label: str
    route: str
    opens_account: bool = False


@dataclass(frozen=True, slots=True)
class Fragment:
    """Escaped markup for a slot."""

    html: Markup
