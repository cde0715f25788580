"""Every error of Atelier, as a tree by meaning.

AppError
├─ UserError               its sentence is shown to the member as written
│   ├─ NotFound            unknown, or somebody else's: the answer is the same
│   ├─ NotAllowed          visible, but not theirs to change
│   └─ InvalidInput        what, why, what to do
│      └─ OrderRefused     a limit of the member whose order it is; for a moderator there are other words
├─ BackendError            members get a general sentence, the log gets the detail
│   ├─ BackendUnavailable  trying again later may help
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

from domain.charges import NOTHING, PERHAPS
from domain.facts import Fact


class AppError(Exception):
    """An error that Atelier expects and can explain."""


class UserError(AppError):
    """A sentence for the member: what happened, why, what to do; nothing was charged or lost."""


class NotFound(UserError):
    """The named thing does not exist for this member, or belongs to somebody else."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"I can't find that {what} among yours on this server. {hint}")


class NotAllowed(UserError):
    """The member may see this, but may not do that to it."""


class InvalidInput(UserError):
    """What the member gave can't be used; the sentence says why and what to do."""


class OrderRefused(InvalidInput):
    """A limit stops a member's order; a moderator who gave their word for it reads `for_moderator` instead."""

    def __init__(self, sentence: str, *, for_moderator: str) -> None:
        super().__init__(sentence)
        self.for_moderator = for_moderator


class BackendError(AppError):
    """A backend could not do what it was asked; carries its name and the detail for the log.

    `reason` is what members are told, where more is known than that it did not work. `charge` is what the call that
    failed has cost.
    """

    charge = NOTHING

    def __init__(self, backend: str, detail: str, *, reason: Fact | None = None) -> None:
        super().__init__(f"{backend}: {detail}")
        self.backend = backend
        self.detail = detail
        self.reason = reason


class BackendUnavailable(BackendError):
    """The backend can't be reached or is busy; it surely did not accept the work.

    `retry_after` is the pause in seconds that the backend asked for, if it named one.
    """

    def __init__(
        self, backend: str, detail: str, *, reason: Fact | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(backend, detail, reason=reason)
        self.retry_after = retry_after


class NotThereYet(BackendUnavailable):
    """A result that was promised is not there; asking again may help, but not for ever."""


class BackendRejected(BackendError):
    """The backend refuses this work; asking again will not help."""


class WorkUnknown(BackendRejected):
    """The backend does not know the work that it was asked about."""


class BackendAmbiguous(BackendError):
    """The answer was lost: the work may have been accepted, so it is looked up, never repeated."""

    charge = PERHAPS


class BackendReplyInvalid(BackendError):
    """The reply breaks the backend's documented contract."""


class FileDamaged(BackendReplyInvalid):
    """A finished file is not what it should be; fetching it again may help."""


class TrainingError(AppError):
    """The worker could not train or draw; the sentence says why and what to do."""


class OutOfMemory(TrainingError):
    """Memory ran out; a smaller batch or resolution may fit."""


class NothingToTrain(TrainingError):
    """There is no usable training image."""


class CheckpointUnusable(TrainingError):
    """The checkpoint can't be found or loaded."""


class LoraFileInvalid(TrainingError):
    """The LoRA file does not hold what was trained, or can't be read."""


class Unusable(AppError):
    """A picture or a LoRA file that came from outside is not what it should be; the text is for the log."""


class StorageFull(AppError):
    """The disk has no room: nothing was stored."""
