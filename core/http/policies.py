"""Who may call a route. Every route declares one of these; the router refuses to start with a route that has none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule that is checked before the handler runs.

    `permission` is asked of `Authorizer.require`; `session` says whether the cookie means anything here. A route that
    ignores the session proves every request by its own signature, and is therefore exempt from the CSRF guard.
    """

    summary: str
    signed_in: bool = False
    permission: str | None = None
    session: bool = True


ANYONE = Policy("anybody")
SIGNED_IN = Policy("whoever is signed in", signed_in=True)
SIGNED_URL = Policy("whoever holds the signed URL", session=False)


def can(permission: str) -> Policy:
    """Return the policy that asks for a permission a plugin or the core has declared, such as `video.upload`."""
    return Policy(f"whoever may {permission}", signed_in=True, permission=permission)
