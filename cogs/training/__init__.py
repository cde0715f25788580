"""Trainings in chat: quotes, cards, approvals, the queue."""

from bot.client import Client
from cogs.training import buttons, quote_cards
from cogs.training.approval_posts import ApprovalPosts
from cogs.training.commands import Training
from cogs.training.posts import CompletionPosts, Strips, TrainingPosts
from cogs.training.queue import Queue
from domain.posts import PostKind


async def setup(bot: Client) -> None:
    """Register the commands, the posts, and what the buttons and the form of trainings do."""
    services = bot.services
    strips = Strips(services.pictures)
    posts = TrainingPosts(services.training, strips)
    cog = Training(services.quotes, services.training, posts)
    await bot.add_cog(cog)
    await bot.add_cog(Queue(services.training))
    bot.posts.add(PostKind.TRAINING, posts)
    bot.posts.add(PostKind.COMPLETION, CompletionPosts(services.training, strips))
    bot.posts.add(PostKind.APPROVAL, ApprovalPosts(services.training))
    bot.buttons.add(buttons.CONFIRM, cog.on_confirm)
    bot.buttons.add(buttons.ADVANCED, cog.on_advanced)
    bot.buttons.add(buttons.DROP, cog.on_drop)
    bot.buttons.add(buttons.QUOTE_AT, cog.on_place)
    bot.buttons.add(buttons.ELSEWHERE, cog.on_elsewhere)
    bot.buttons.add(buttons.STOP, cog.on_stop)
    bot.buttons.add(buttons.RETRY, cog.on_retry)
    bot.buttons.add(buttons.AGAIN, cog.on_retry)
    bot.forms.add(quote_cards.ADVANCED, cog.on_advanced_form)
