"""How running work is told to stop: exceptions that a progress callback raises."""


class Interrupted(Exception):
    """The work was told to stop; it leaves the loaded checkpoint as it found it."""


class Cancelled(Interrupted):
    """Nobody wants the result any more: nothing is kept."""


class Drained(Interrupted):
    """The work goes on later: what is needed to continue is saved first."""
