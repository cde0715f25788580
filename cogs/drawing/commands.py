"""`/imagine`, and the buttons and forms of its pictures."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Client
from bot.interactions.attachments import Downloads
from bot.interactions.buttons import Press, under_text
from bot.interactions.callers import caller_of, who
from bot.interactions.choices import model_choices
from bot.interactions.forms import Submitted
from bot.interactions.forms import show as show_form
from cogs.drawing import cards, forms, posts
from domain.drawing.drawings import (
    CHANGE_HIGHEST,
    CHANGE_LOWEST,
    CHANGE_USUAL,
    MOST_PICTURES,
    SEED_HIGHEST,
    STRENGTH_HIGHEST,
    STRENGTH_LOWEST,
    Ratio,
)
from services.drawing.drawings import GenerationService, Wish
from services.models.models import ModelService

Interaction = discord.Interaction[Client]

RATIOS = [
    app_commands.Choice(name="square 1:1", value=Ratio.SQUARE.value),
    app_commands.Choice(name="portrait 3:4", value=Ratio.PORTRAIT.value),
    app_commands.Choice(name="landscape 4:3", value=Ratio.LANDSCAPE.value),
    app_commands.Choice(name="tall 9:16", value=Ratio.TALL.value),
    app_commands.Choice(name="wide 16:9", value=Ratio.WIDE.value),
]


class Images(commands.Cog):
    """Everybody may draw, with their own models or with none, and look at every recipe.

    Only the member who asked for a drawing, or the server's staff, may stop or delete it.
    """

    def __init__(self, generation: GenerationService, models: ModelService, downloads: Downloads) -> None:
        self.generation = generation
        self.models = models
        self.downloads = downloads

    @app_commands.command()
    @app_commands.describe(
        prompt="What the picture should show",
        model="One of your models; leave it out to draw with the bare checkpoint",
        strength="How strongly the model shows: 1 is as trained",
        count="How many pictures",
        seed="The same seed and recipe give the same picture",
        ratio="The shape of the picture; without it square, or that of the picture to start from",
        image="A picture to start from; like your prompt, it goes to the place that draws",
        change="How much of that picture may change: 0.05 is hardly anything, 1 is all of it",
    )
    @app_commands.choices(ratio=RATIOS)
    @app_commands.autocomplete(model=model_choices)
    async def imagine(
        self,
        interaction: Interaction,
        *,
        prompt: str,
        model: str | None = None,
        strength: app_commands.Range[float, STRENGTH_LOWEST, STRENGTH_HIGHEST] = 1.0,
        count: app_commands.Range[int, 1, MOST_PICTURES] = 1,
        seed: app_commands.Range[int, 0, SEED_HIGHEST] | None = None,
        ratio: str | None = None,
        image: discord.Attachment | None = None,
        change: app_commands.Range[float, CHANGE_LOWEST, CHANGE_HIGHEST] = CHANGE_USUAL,
    ) -> None:
        """Draw pictures, with one of your models or without, from words or from a picture too."""
        await interaction.response.defer(thinking=True)
        wish = Wish(
            prompt,
            model=model,
            strength=strength,
            count=count,
            seed=seed,
            ratio=Ratio(ratio) if ratio else None,
            start=self.downloads.incoming([image])[0] if image else None,
            change=change,
        )
        drawn = await self.generation.imagine(posts.asked(interaction), wish)
        await posts.show(interaction, drawn)

    async def on_try(self, interaction: Interaction, press: Press) -> None:
        """Open the form to draw with a model."""
        lora = await self.models.drawable(press.ids[0], caller_of(interaction))
        await show_form(interaction, forms.try_form(lora))

    async def on_try_form(self, interaction: Interaction, submitted: Submitted) -> None:
        """Draw what the form asks for."""
        await interaction.response.defer(thinking=True)
        wish = forms.read_wish(submitted)
        drawn = await self.generation.imagine(posts.asked(interaction), wish)
        await posts.show(interaction, drawn)

    async def on_reroll(self, interaction: Interaction, press: Press) -> None:
        """Draw the same with another seed."""
        await interaction.response.defer(thinking=True)
        drawn = await self.generation.reroll(posts.asked(interaction), press.ids[0])
        await posts.show(interaction, drawn)

    async def on_again(self, interaction: Interaction, press: Press) -> None:
        """Draw exactly the same once more."""
        await interaction.response.defer(thinking=True)
        drawn = await self.generation.try_again(posts.asked(interaction), press.ids[0])
        await posts.show(interaction, drawn)

    async def on_edit(self, interaction: Interaction, press: Press) -> None:
        """Open the recipe as a form."""
        drawn = await self.generation.editable(press.ids[0], **who(interaction))
        await show_form(interaction, forms.edit_form(drawn))

    async def on_edit_form(self, interaction: Interaction, submitted: Submitted) -> None:
        """Draw the changed recipe."""
        await interaction.response.defer(thinking=True)
        changes = forms.read_changes(submitted)
        drawn = await self.generation.edit(posts.asked(interaction), submitted.ids[0], changes)
        await posts.show(interaction, drawn)

    async def on_info(self, interaction: Interaction, press: Press) -> None:
        """Tell the recipe."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        drawn = await self.generation.recipe(press.ids[0], guild_id=who(interaction)["guild_id"])
        await interaction.edit_original_response(content=cards.recipe_text(drawn))

    async def on_stop(self, interaction: Interaction, press: Press) -> None:
        """Stop an unfinished drawing; the outbox shows on the card when that has come about."""
        await interaction.response.defer()
        drawn = await self.generation.cancel(press.ids[0], posts.actor(interaction))
        if not drawn.generation.status.is_final:
            await interaction.followup.send(cards.STOPPING, ephemeral=True)

    async def on_delete(self, interaction: Interaction, press: Press) -> None:
        """Ask before deleting."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        drawn = await self.generation.deletable(press.ids[0], posts.actor(interaction))
        yes = cards.delete_now(drawn, interaction.message)
        await interaction.edit_original_response(content=cards.delete_question(drawn), view=under_text(yes))

    async def on_delete_now(self, interaction: Interaction, press: Press) -> None:
        """Delete the message first: what is left after a crash in between can be deleted again."""
        await interaction.response.defer()
        drawn = await self.generation.deletable(press.ids[0], posts.actor(interaction))
        await posts.remove(interaction, int(press.ids[1]))
        await self.generation.delete(press.ids[0], posts.actor(interaction))
        await interaction.edit_original_response(content=cards.deleted_text(drawn), view=None)
