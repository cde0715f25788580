"""Trainings in chat, with their quotes, cards and approvals."""

from bot.client import Client
from cogs.training import buttons, forms, texts
from cogs.training.approval_posts import ApprovalPosts
from cogs.training.commands import TrainingCommands
from cogs.training.posts import CompletionPosts, SampleStrips, TrainingPosts
from cogs.training.queue import QueueCommand
from domain.posts import PostKind


async def setup(bot: Client) -> None:
    """Register the commands, the posts, and what the buttons and the form of trainings do."""
    services = bot.services
    strips = SampleStrips(services.pictures)
    posts = TrainingPosts(services.training, strips)
    cog = TrainingCommands(services.quotes, services.confirmations, services.training, posts)
    await bot.add_cog(cog)
    await bot.add_cog(QueueCommand(services.training))
    bot.posts.add(PostKind.TRAINING, posts)
    bot.posts.add(PostKind.COMPLETION, CompletionPosts(services.training, strips))
    bot.posts.add(PostKind.APPROVAL, ApprovalPosts(services.training))
    bot.buttons.add(buttons.CONFIRM, cog.on_confirm)
    bot.buttons.add(buttons.ADVANCED, cog.on_advanced)
    bot.buttons.add(buttons.DROP, cog.on_drop)
    bot.buttons.add(buttons.QUOTE_AT, cog.on_quote_at)
    bot.buttons.add(buttons.ELSEWHERE, cog.on_elsewhere)
    bot.buttons.add(buttons.STOP, cog.on_stop)
    bot.buttons.add(buttons.RETRY, cog.on_retry)
    bot.buttons.add(buttons.AGAIN, cog.on_retry)
    bot.explanations.add(texts.explain)
    bot.forms.add(forms.ADVANCED, cog.on_advanced_form)
