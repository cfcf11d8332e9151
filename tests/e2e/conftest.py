import pytest

from lab import Lab
from signpost import Signpost


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture
def user(tmp_path, lab):
    """A user whose resolver, servers and provider are the lab's."""
    return Signpost(tmp_path / "home", lab)


@pytest.fixture
def stranger(tmp_path):
    """A user without any network: nothing they do may need it."""
    return Signpost(tmp_path / "home")
