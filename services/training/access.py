"""Which trainings a caller may see and act on."""

from domain.training.errors import NotTheirTraining, TrainingNotFound
from domain.training.tasks import TrainingTask
from services.caller import Caller
from storage.training.tasks import TaskStore


class TaskAccess:
    """Finds tasks for a member. What is not theirs does not exist for them, unless they see its public card."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks

    async def own(self, task_id: str, caller: Caller) -> TrainingTask:
        """Return the member's own task of that id. Raises `NotFound`."""
        found = await self._tasks.get(task_id, guild_id=caller.guild_id, owner_id=caller.member_id)
        if found is None:
            raise TrainingNotFound
        return found

    async def named(self, typed: str, caller: Caller, *, is_open: bool | None = None) -> TrainingTask:
        """Return the member's own task of that id or model name, any when empty. Raises `NotFound`.

        Of several the newest; with `is_open`, one that is (or is not) on its way goes first.
        """
        found = await self._tasks.get(typed, guild_id=caller.guild_id, owner_id=caller.member_id)
        if found is not None:
            return found
        key = typed.casefold().strip()
        tasks = await self._tasks.of_member(guild_id=caller.guild_id, owner_id=caller.member_id)
        named = [task for task in tasks if key in ("", task.model_name.casefold())]
        if not named:
            raise TrainingNotFound(is_named=bool(key))
        fitting = (task for task in named if is_open is None or task.order.status.is_final is not is_open)
        return next(fitting, named[0])

    async def on_server(self, task_id: str, caller: Caller) -> TrainingTask:
        """Return the server's task of that id, whoever's it is. Raises `NotFound`."""
        task = await self._tasks.on_server(task_id, guild_id=caller.guild_id)
        if task is None:
            raise TrainingNotFound
        return task

    async def on_card(self, task_id: str, caller: Caller, *, staff_may: bool) -> TrainingTask:
        """Return the task whose public card a member sees, if they may act on it.

        Raises `NotFound`, `NotTheirTraining`.
        """
        task = await self.on_server(task_id, caller)
        if task.order.owner_id == caller.member_id or (staff_may and caller.is_staff):
            return task
        raise NotTheirTraining(staff_may)
