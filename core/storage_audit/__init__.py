"""Compares every storage with the rows, both ways, while the site runs; and mends what can be mended."""

from core.storage_audit.audit import audit
from core.storage_audit.discrepancy import Discrepancy, Kind, Tally

__all__ = ["Discrepancy", "Kind", "Tally", "audit"]
