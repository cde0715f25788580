"""Who asks, where, and which tasks they may touch: the one check that every door goes through."""

from dataclasses import dataclass

from domain.errors import NotAllowed, NotFound
from domain.training.tasks import TrainingTask
from storage.training.tasks import TaskStore

PICK_ONE = "Pick one from the list, or see /train list."


@dataclass(frozen=True, slots=True)
class Door:
    """Who asks, and where; the parent is that of a thread."""

    guild_id: int
    channel_id: int
    member_id: int
    parent_id: int | None = None
    is_staff: bool = False  # may stop and delete what is not theirs
    is_manager: bool = False  # may manage the server, and so its money


class TaskAccess:
    """Finds tasks for a member; what is not theirs does not exist for them, unless they see its public card."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks

    async def own(self, task_id: str, door: Door) -> TrainingTask:
        """Return the member's own task of that id; raise `NotFound`."""
        found = await self._tasks.get(task_id, guild_id=door.guild_id, owner_id=door.member_id)
        if found is None:
            raise NotFound("training", PICK_ONE)
        return found

    async def named(self, typed: str, door: Door, *, is_open: bool | None = None) -> TrainingTask:
        """Return the member's own task of that id or model name, any when empty; raise `NotFound`.

        Of several the newest; with `is_open`, one that is (or is not) on its way goes first.
        """
        found = await self._tasks.get(typed, guild_id=door.guild_id, owner_id=door.member_id)
        if found is not None:
            return found
        key = typed.casefold().strip()
        tasks = await self._tasks.of_member(guild_id=door.guild_id, owner_id=door.member_id)
        named = [task for task in tasks if key in ("", task.model_name.casefold())]
        if not named:
            raise NotFound("training", PICK_ONE if key else "Start one with /train start.")
        fitting = (task for task in named if is_open is None or task.status.is_final is not is_open)
        return next(fitting, named[0])

    async def on_server(self, task_id: str, door: Door) -> TrainingTask:
        """Return the server's task of that id, whoever's it is; raise `NotFound`."""
        task = await self._tasks.on_server(task_id, guild_id=door.guild_id)
        if task is None:
            raise NotFound("training", PICK_ONE)
        return task

    async def on_card(self, task_id: str, door: Door, *, staff_may: bool) -> TrainingTask:
        """Return the task whose public card a member sees, if they may act on it; raise `NotFound`, `NotAllowed`."""
        task = await self.on_server(task_id, door)
        if task.owner_id == door.member_id or (staff_may and door.is_staff):
            return task
        raise NotAllowed(
            f"This training belongs to somebody else, so only they{' or the moderators' if staff_may else ''} "
            "can do that. You can start your own with /train start."
        )
