"""What an idle process holds."""

import subprocess
import sys

import pytest

HOLES = """
from pathlib import Path
from bot.process.memory import give_back, share_one_arena

def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])

share_one_arena()
freed = [b"x" * 100_000 for _ in range(400)]
kept = b"x" * 100_000  # Above the holes: without it, the heap shrinks by itself.
del freed
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc only")
def test_what_was_freed_goes_back_to_the_system():
    ran = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 30_000  # KiB of 40,000.
