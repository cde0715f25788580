"""What all acts of a member share."""

import time
from dataclasses import dataclass, field

from playground.acts.replies import Reply
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.interactions import Interaction
from playground.world.json_values import Json
from playground.world.state import World
from playground.world.triggers import InteractionKind, Trigger


@dataclass(eq=False)
class ActingMember(MemberState):
    """A member at Discord's client, who sees direct messages and ephemeral answers."""

    world: World = field(repr=False)

    @property
    def dm(self) -> Channel:
        """The direct-message channel with the bot."""
        return self.world.dm_with(self.user)

    @property
    def inbox(self) -> list[Message]:
        """The ephemeral answers, which only this member sees, oldest first."""
        return [m for c in self.world.all_channels() for m in c.stored if m.ephemeral_for is self.user]

    async def _send(
        self,
        channel: Channel,
        kind: InteractionKind,
        data: Json,
        *,
        label: str = "",
        source: Message | None = None,
        opened_by: Trigger | None = None,
        timeout: float,
    ) -> Reply:
        """Send an interaction to the bot and return when the member would see something."""
        world = self.world
        guild_id, source_id = channel.guild.id if channel.guild else 0, source.id if source else None
        trigger = Trigger(world.ids.next(), kind, self.user, data, guild_id, source_id, label, opened_by)
        interaction = Interaction(trigger, channel, self, source, sent_at=time.perf_counter())
        world.add_interaction(interaction)
        what = f"an answer to {data.get('name') or data.get('custom_id')}"
        await world.changes.until(lambda: interaction.is_settled, timeout=timeout, what=what)
        return Reply(interaction)
