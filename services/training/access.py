"""Which trainings a caller may see and act on."""

from domain.errors import NotAllowed, NotFound
from domain.training.tasks import TrainingTask
from services.caller import Caller
from storage.training.tasks import TaskStore

UNKNOWN = "I can't find that training among yours on this server."
PICK_ONE = "Pick one from the list, or see /train list."


class TaskAccess:
    """Finds tasks for a member; what is not theirs does not exist for them, unless they see its public card."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks

    async def own(self, task_id: str, caller: Caller) -> TrainingTask:
        """Return the member's own task of that id; raise `NotFound`."""
        found = await self._tasks.get(task_id, guild_id=caller.guild_id, owner_id=caller.member_id)
        if found is None:
            raise NotFound(f"{UNKNOWN} {PICK_ONE}")
        return found

    async def named(self, typed: str, caller: Caller, *, is_open: bool | None = None) -> TrainingTask:
        """Return the member's own task of that id or model name, any when empty; raise `NotFound`.

        Of several the newest; with `is_open`, one that is (or is not) on its way goes first.
        """
        found = await self._tasks.get(typed, guild_id=caller.guild_id, owner_id=caller.member_id)
        if found is not None:
            return found
        key = typed.casefold().strip()
        tasks = await self._tasks.of_member(guild_id=caller.guild_id, owner_id=caller.member_id)
        named = [task for task in tasks if key in ("", task.model_name.casefold())]
        if not named:
            raise NotFound(f"{UNKNOWN} {PICK_ONE if key else 'Start one with /train start.'}")
        fitting = (task for task in named if is_open is None or task.status.is_final is not is_open)
        return next(fitting, named[0])

    async def on_server(self, task_id: str, caller: Caller) -> TrainingTask:
        """Return the server's task of that id, whoever's it is; raise `NotFound`."""
        task = await self._tasks.on_server(task_id, guild_id=caller.guild_id)
        if task is None:
            raise NotFound(f"{UNKNOWN} {PICK_ONE}")
        return task

    async def on_card(self, task_id: str, caller: Caller, *, staff_may: bool) -> TrainingTask:
        """Return the task whose public card a member sees, if they may act on it; raise `NotFound`, `NotAllowed`."""
        task = await self.on_server(task_id, caller)
        if task.owner_id == caller.member_id or (staff_may and caller.is_staff):
            return task
        raise NotAllowed(
            f"This training belongs to somebody else, so only they{' or the moderators' if staff_may else ''} "
            "can do that. You can start your own with /train start."
        )
