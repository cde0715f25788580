"""Running out of memory, recognised on CPU and GPU alike and named."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from domain.errors import OutOfMemory

CPU_WORDS = ("not enough memory", "can't allocate memory")  # what torch's CPU allocator says in a RuntimeError


@contextmanager
def named_when_full() -> Iterator[None]:
    """Turn the libraries' out-of-memory errors into `OutOfMemory` with a sentence."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(_SENTENCE) from error
    except RuntimeError as error:
        if any(words in str(error) for words in CPU_WORDS):
            raise OutOfMemory(_SENTENCE) from error
        raise


_SENTENCE = "There was not enough memory for this. A smaller resolution, rank or batch needs less; please try again."
