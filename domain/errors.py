"""Every error of Atelier, as a tree by meaning.

AppError
├─ UserError               its sentence is shown to the member as written
│   ├─ NotFound            unknown, or somebody else's: the answer is the same
│   ├─ NotAllowed          visible, but not theirs to change
│   └─ InvalidInput        what, why, what to do
├─ BackendError            members get a general sentence, the log gets the detail
│   ├─ BackendUnavailable  trying again later may help
│   ├─ BackendRejected     trying again will not help
│   ├─ BackendAmbiguous    it may or may not have been accepted: reconcile, never repeat
│   └─ BackendReplyInvalid the reply breaks the documented contract
├─ TrainingError           the worker could not train or draw
│   ├─ OutOfMemory
│   ├─ NothingToTrain
│   ├─ CheckpointUnusable
│   └─ LoraFileInvalid
└─ StorageFull             no room left on the disk
"""


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


class BackendError(AppError):
    """A backend could not do what it was asked; carries its name and the detail for the log."""

    def __init__(self, backend: str, detail: str) -> None:
        super().__init__(f"{backend}: {detail}")
        self.backend = backend
        self.detail = detail


class BackendUnavailable(BackendError):
    """The backend can't be reached or is busy; it surely did not accept the work."""


class BackendRejected(BackendError):
    """The backend refuses this work; asking again will not help."""


class BackendAmbiguous(BackendError):
    """The answer was lost: the work may have been accepted, so it is looked up, never repeated."""


class BackendReplyInvalid(BackendError):
    """The reply breaks the backend's documented contract."""


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


class StorageFull(AppError):
    """The disk has no room: nothing was stored."""
