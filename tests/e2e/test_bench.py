"""The benches run, and what they hold by themselves holds: no server asked too often, no verdict wrong. Their times are no test's."""

import os
import subprocess

import pytest

from signpost import BUILD, ROOT


def bench(*words):
    done = subprocess.run([str(ROOT / "scripts/bench"), *words], env=os.environ | {"SIGNPOST_BUILD": str(BUILD)}, text=True,
                          capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_looks():
    assert "ratio verify : dig" in bench("2")


@pytest.mark.slow
def test_detect():
    out = bench("detect", "3", "10")
    assert "0.3 to 10 s" in out and "30 to 35 s" not in out
    assert "most questions to one server in any one second" in out


@pytest.mark.slow
def test_fleet():
    assert "wrong verdicts: 0" in bench("fleet", "40")


@pytest.mark.slow
def test_fleet_in_few_at_a_time():
    """What is put behind the number goes to the command."""
    assert "wrong verdicts: 0" in bench("fleet", "20", "--qps", "50")


@pytest.mark.slow
def test_names():
    out = bench("names", "900")
    assert "900 names" in out and "misjudged 0" in out
