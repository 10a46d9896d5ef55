"""Objects change their place while the site runs: from one storage to another, or to a key that nobody knows.

An asset (an accepted original, or a rendition set) is copied to a place that was never used before, the copy is
compared, and one transaction lets the row point there. The old place then is the copy, and is dropped when no link
leads to it any more.
"""

from core.storage_moves.assets import Course
from core.storage_moves.copies import DROP, DROP_SECONDS, abandon_set
from core.storage_moves.dropping import drop_copy
from core.storage_moves.jobs import StorageMoves
from core.storage_moves.moving import Move, MoveStopped
from core.storage_moves.rekeying import REKEY, rekey_when_narrowed

__all__ = [
    "DROP",
    "DROP_SECONDS",
    "REKEY",
    "Course",
    "Move",
    "MoveStopped",
    "StorageMoves",
    "abandon_set",
    "drop_copy",
    "rekey_when_narrowed",
]
