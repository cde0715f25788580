"""Every error of Atelier as a tree by meaning.

AppError
├─ UserError               facts of which `cogs/<feature>/texts.py` makes a sentence
│   ├─ NotFound            unknown, or of another member: the answer is the same
│   ├─ NotAllowed          visible, but not theirs to change
│   │  └─ ServersOnly      asked outside of a server
│   └─ InvalidInput        what they gave can't be used
│      └─ OrderRefused     a limit of the member whose order it is
├─ BackendError            members get a general sentence, the log gets the detail
│   ├─ BackendUnavailable  trying again later may help
│   │  └─ NotThereYet      a promised result is not there
│   ├─ BackendRejected     trying again will not help
│   │  └─ WorkUnknown     it does not know the work that was named
│   ├─ BackendAmbiguous    it may or may not have been accepted: reconcile, never repeat
│   └─ BackendReplyInvalid the reply breaks the documented contract
│      └─ FileDamaged      a finished file is not what it should be
├─ TrainingError           the worker could not train or draw
│   ├─ OutOfMemory
│   ├─ NothingToTrain
│   ├─ CheckpointUnusable
│   └─ LoraFileInvalid
├─ Unusable                a file from outside that is not what it should be
└─ StorageFull             no room left on the disk
"""

from domain.money.charges import NOTHING, PERHAPS, Charge
from domain.orders.facts import Fact, FactKind, Value, fact


class AppError(Exception):
    """An error that Atelier expects and can explain.

    `charge` is what the order has cost, None where the code that raises the error does not know.
    """

    charge: Charge | None = None


class UserError(AppError):
    """A member asked for what can't be done, so nothing was charged or lost."""

    charge: Charge | None = NOTHING


class NotFound(UserError):
    """The named thing does not exist for this member, or belongs to another one."""


class NotAllowed(UserError):
    """The member may see this, but may not do that to it."""


class ServersOnly(NotAllowed):
    """A member asked outside of a server."""


class InvalidInput(UserError):
    """What the member gave can't be used."""


class OrderRefused(InvalidInput):
    """A limit of the member stops their order.

    `for_moderator` is set when a moderator reads it, who approved the order.
    """

    for_moderator: bool = False


class BackendError(AppError):
    """A backend could not do what it was asked.

    `backend` is its name, and `detail` is for the log. `reason` is what members are told, where more is known than
    that it did not work. `charge` is what the call that failed has cost.
    """

    charge = NOTHING

    def __init__(self, backend: str, detail: str, *, reason: Fact | None = None) -> None:
        super().__init__(f"{backend}: {detail}")
        self.backend = backend
        self.detail = detail
        self.reason = reason


class BackendUnavailable(BackendError):
    """The backend can't be reached or is busy, and did not accept the work.

    `retry_after` is the pause in seconds that the backend asked for, if it named one.
    """

    def __init__(
        self, backend: str, detail: str, *, reason: Fact | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(backend, detail, reason=reason)
        self.retry_after = retry_after


class NotThereYet(BackendUnavailable):
    """A result that was promised is not there yet.

    Asking again may help, for a limited time.
    """


class BackendRejected(BackendError):
    """The backend refuses this work, now and later."""


class WorkUnknown(BackendRejected):
    """The backend does not know the work that it was asked about."""


class BackendAmbiguous(BackendError):
    """The answer was lost, so the work may have been accepted.

    The work is looked up, never repeated.
    """

    charge = PERHAPS


class BackendReplyInvalid(BackendError):
    """The reply breaks the backend's documented contract."""


class FileDamaged(BackendReplyInvalid):
    """A finished file is not what it should be.

    Fetching it again may help.
    """


class TrainingError(AppError):
    """The worker could not train or draw."""

    def __init__(self, kind: FactKind, **values: Value) -> None:
        self.reason = fact(kind, **values)
        super().__init__(f"{kind} ({', '.join(f'{name}={value}' for name, value in values.items())})")


class OutOfMemory(TrainingError):
    """Memory ran out.

    A smaller batch or resolution may fit.
    """


class NothingToTrain(TrainingError):
    """There is no usable training image."""


class CheckpointUnusable(TrainingError):
    """The checkpoint can't be found or loaded."""


class LoraFileInvalid(TrainingError):
    """The LoRA file can't be used or does not hold what was trained."""


class Unusable(AppError):
    """A picture or a LoRA file that came from outside is not what it should be."""


class StorageFull(AppError):
    """The disk has no room, so nothing was stored."""
