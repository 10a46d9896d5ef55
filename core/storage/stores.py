"""The storages of a site: one takes what is new, the others keep what they have until it is moved."""

from collections.abc import Iterator, Mapping, Sequence

from core.storage.errors import StorageError
from core.storage.protocol import Storage


class Storages(Mapping[str, Storage]):
    """Every open storage by its name; rows say by name which one holds their objects."""

    def __init__(self, found: Sequence[Storage], primary: str) -> None:
        """`primary` is one of their names."""
        self._by_name = {storage.name: storage for storage in found}
        self.primary = self._by_name[primary]

    def __getitem__(self, name: str) -> Storage:
        """Return the storage. Raises StorageError when no enabled plugin provides it any more."""
        try:
            return self._by_name[name]
        except KeyError:
            raise StorageError(
                f"no storage is named {name!r} here; there are {', '.join(self)}. Enable the plugin that provides it."
            ) from None

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a storage of this name."""
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in the order of the plugins."""
        return iter(self._by_name)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_name)

    @property
    def browser_origins(self) -> list[str]:
        """Origins besides our own that browsers read from or send to."""
        return list(dict.fromkeys(origin for storage in self.values() for origin in storage.browser_origins))
