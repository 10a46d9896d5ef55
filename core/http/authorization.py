"""Who may do what: plugins may refuse or grant, else the role decides."""

from collections.abc import Mapping

from core.hooks import GuardFailed, Hooks
from core.models import Role, User
from core.plugins import PluginError
from core.problems import Problem

CORE_PERMISSIONS: Mapping[str, Role] = {"video.upload": Role.CREATOR}


class Authorizer:
    """Knows every declared permission and the least role that has it."""

    def __init__(self, hooks: Hooks) -> None:
        """Collect permissions; raises PluginError when two plugins declare one differently."""
        self._hooks = hooks
        self._roles = dict(CORE_PERMISSIONS)
        for plugin, declared in hooks.collect("permissions"):
            for name, role in declared.items():
                if self._roles.setdefault(name, role) != role:
                    raise PluginError(f"plugin {plugin} gives {name} to {role}, but it belongs to {self._roles[name]}.")

    @property
    def permissions(self) -> Mapping[str, Role]:
        """Every permission with the least role that has it."""
        return dict(self._roles)

    def role_allows(self, user: User | None, permission: str) -> bool:
        """Tell what the role alone says: good enough to decide whether a link is shown."""
        return user is not None and user.role.includes(self._roles[permission])

    async def require(self, user: User, permission: str, subject: object = None) -> None:
        """Raise Problem 403 unless the user may; a plugin that cannot answer refuses."""
        try:
            opinions = await self._hooks.ask_guards("is_allowed", user=user, action=permission, subject=subject)
        except GuardFailed as error:
            raise Problem(403, "refused", "This could not be checked just now. Try again in a moment.") from error
        allowed = False not in opinions and (True in opinions or self.role_allows(user, permission))
        if not allowed:
            least = self._roles[permission]
            raise Problem(403, "forbidden", f"Your account may not do this; it needs the role of {least.value}.")
