"""Two processes that run tests never get the same port."""

import subprocess
import sys

from tests.ports import free_port, is_free


def test_a_port_that_was_given_is_given_to_no_other_process() -> None:
    port = free_port()
    asked = f"from tests.ports import is_free; print(is_free({port}))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
    assert is_free(port)
