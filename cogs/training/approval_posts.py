"""The question to the moderators about a training that is expensive, kept true by the outbox."""

from bot.interactions.posts import Post
from cogs.training import buttons, quote_cards
from services.training.tasks import TrainingService


class ApprovalPosts:
    """Renders the question as the task's row stands now."""

    verbs = buttons.APPROVAL_VERBS

    def __init__(self, training: TrainingService) -> None:
        self._training = training

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return the message, None when there is no such task. It has no files, whatever the limit."""
        del limit
        view = await self._training.view(subject_id)
        return None if view is None else Post(quote_cards.approval_card(view.task), owner_id=view.task.order.owner_id)
