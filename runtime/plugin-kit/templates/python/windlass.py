"""Errors as windlass shows them, and `print`. The file is yours: change what you like."""

import functools
import sys

from componentize_py_types import Err
from wit_world.imports import host, types


def failed(message):
    """Work that failed; `message` is one sentence for a person. Raise it."""
    return Err(types.Error_Failed(types.Failure(message, None)))


def unsupported(field, reason):
    """A request that asks for something that the plugin cannot do; `field` is its path in the request. Raise it."""
    return Err(types.Error_Unsupported(types.Unsupported(field, reason)))


def shown(work):
    """Lets a function of the plugin end with an exception, which becomes a failure with its message.

    What `failed` and `unsupported` make, and what a call to windlass raised, passes as it is: windlass then says what would grant a power
    that is missing.
    """

    @functools.wraps(work)
    def safely(*given):
        try:
            return work(*given)
        except Err:
            raise
        except Exception as error:
            host.log(host.Level.WARNING, f"raised at {places(error)}")
            raise failed(f"{type(error).__name__}: {error}") from None

    return safely


def places(error):
    """Where an exception comes from. `traceback` would look for the source, and a plugin has no files."""
    found = []
    # The first is the function that caught it.
    trace = error.__traceback__.tb_next
    while trace:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} ({code.co_name})")
        trace = trace.tb_next
    return ", ".join(found)


class Lines:
    """What is printed becomes lines of the step's log: a plugin has no standard output, and would be aborted."""

    def __init__(self, level):
        self.level = level
        self.rest = ""

    def write(self, text):
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            host.log(self.level, line)
        return len(text)

    def flush(self):
        pass


sys.stdout = Lines(host.Level.INFO)
sys.stderr = Lines(host.Level.WARNING)
