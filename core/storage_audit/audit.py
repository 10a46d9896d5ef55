"""The audit of one storage after the other: rows without objects, then objects without rows."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.storage_audit.discrepancy import Discrepancy, Tally
from core.storage_audit.originals import lost_originals
from core.storage_audit.orphans import orphans
from core.storage_audit.rendition_sets import differing_sets
from core.storage_audit.repairs import repair

if TYPE_CHECKING:
    from core.services import Services


async def audit(
    services: "Services", names: Iterable[str], tally: Tally, *, deep: bool, mend: bool
) -> AsyncIterator[Discrepancy]:
    """Yield every difference in the named storages, mended where `mend` says so and it can be; count in `tally`.

    The site may run meanwhile: what is under way is no difference, nor are uploads that are not complete, which their
    job and the storage's own sweep end. `deep` reads every original. Raises StorageError.
    """
    for name in names:
        looks = (
            lost_originals(services, name, tally, deep=deep),
            differing_sets(services, name, tally),
            orphans(services.storages[name], tally),
        )
        for look in looks:
            async for found in look:
                yield replace(found, repaired=await repair(services, found)) if mend else found
