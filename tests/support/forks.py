"""Processes that do what this one could."""

import os


def fork(call) -> int:
    """Id of a process that does it, and ends with 0 if it went well."""
    child = os.fork()
    if not child:
        try:
            call()
            os._exit(0)
        finally:
            os._exit(1)
    return child
