"""The emulators' tests share the lab and the user of tests/e2e."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from lab import Lab  # noqa: E402
from signpost import Signpost  # noqa: E402
from zones import Feed  # noqa: E402


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture(scope="session")
def feed(lab):
    """Publishes what an emulator holds at the lab's servers: Zones(on_change=feed)."""
    return Feed(lab)


@pytest.fixture
def user(tmp_path, lab):
    """A user whose resolver and name servers are the lab's."""
    return Signpost(tmp_path / "home", lab)
