"""For tests of the core and of anybody's plugin: a site to talk to, contract suites for providers, media to try."""

import pytest

_SUITES = ("objects", "sending", "sites", "transcoder", "uploads", "verified")
# They assert in modules that are no tests by name; pytest explains only what it was told to rewrite.
pytest.register_assert_rewrite(*(f"core.testing.{name}" for name in _SUITES))
