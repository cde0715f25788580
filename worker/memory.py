"""Running out of memory, on a CPU or a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from domain.errors import OutOfMemory
from domain.orders.facts import FactKind

CPU_WORDS = ("not enough memory", "can't allocate memory")  # what torch's CPU allocator says in a RuntimeError


@contextmanager
def named_when_full() -> Iterator[None]:
    """Turn the libraries' out-of-memory errors into `OutOfMemory`."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(FactKind.OUT_OF_MEMORY) from error
    except RuntimeError as error:
        if any(words in str(error) for words in CPU_WORDS):
            raise OutOfMemory(FactKind.OUT_OF_MEMORY) from error
        raise
