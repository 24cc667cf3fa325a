"""The line that every measurement begins with."""

import os
import platform
from datetime import UTC, datetime


def machine() -> str:
    """Say when and on what it was measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{datetime.now(UTC):%Y-%m-%d} {platform.machine()}, {cores} cores, Python {platform.python_version()}"
