"""The line that says how far a long command is."""

from dataclasses import dataclass, field

import discord

from bot.interactions.progress import counting


@dataclass
class Interaction:
    """Only what the line needs of an interaction."""

    shown: list[str] = field(default_factory=list)

    async def edit_original_response(self, *, view: discord.ui.LayoutView) -> None:
        (text,) = view.children
        assert isinstance(text, discord.ui.TextDisplay)
        self.shown.append(text.content)


async def test_the_line_shows_only_to_members_who_wait_and_not_too_often() -> None:
    times = iter([0.0, 1.0, 2.5, 3.0, 5.0, 9.0])
    interaction = Interaction()
    progress = counting(interaction, clock=lambda: next(times))  # type: ignore[arg-type] # a stand-in with the one method that is used

    for done in range(1, 6):
        await progress(done, 5 if done == 5 else 10)

    assert interaction.shown == ["Checking picture 3 of 10…", "Checking picture 5 of 10…"]
