"""What all tests in Python share: which build they judge, and which of them that build can run."""

import os

IS_SANITIZED = os.environ.get("SIGNPOST_BUILD_KIND") == "sanitized"


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_sandbox: runs with the plain build alone, which has the sandbox")
    config.addinivalue_line("markers", "slow: left out of scripts/test --quick")


def pytest_collection_modifyitems(config, items):
    """Sanitizer builds run without the sandbox. What tests the sandbox is run with the plain build instead."""
    if not IS_SANITIZED:
        return
    deselected = [item for item in items if item.get_closest_marker("needs_sandbox")]
    items[:] = [item for item in items if item not in deselected]
    config.hook.pytest_deselected(items=deselected)
