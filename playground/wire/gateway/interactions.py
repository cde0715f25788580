"""The gateway event that hands an interaction to the bot."""

from playground.wire import message_payloads, payloads
from playground.world.channels import Channel
from playground.world.guilds import MemberState
from playground.world.interactions import Interaction
from playground.world.json_values import Json


def interaction_create(interaction: Interaction) -> Json:
    """Write the data of INTERACTION_CREATE."""
    channel, trigger = interaction.channel, interaction.trigger
    body: Json = {
        "id": str(interaction.id),
        "application_id": str(channel.world.application_id),
        "type": int(trigger.kind),
        "token": interaction.token,
        "version": 1,
        "data": trigger.data,
        "channel_id": str(channel.id),
        "channel": payloads.channel(channel),
        "locale": trigger.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": message_payloads.installation_owners(trigger),
        "context": 0 if channel.guild else 1,
        "attachment_size_limit": channel.file_limit,
        "app_permissions": str(channel.bot_permissions if channel.guild else 0),
        **_actor(interaction.member, channel),
    }
    return {**body, "message": message_payloads.message(interaction.source)} if interaction.source else body


def _actor(member: MemberState, channel: Channel) -> Json:
    guild = channel.guild
    if guild is None:
        return {"user": payloads.user(member.user)}
    rights = {"permissions": str(channel.permissions_of(member))}
    return {
        "guild_id": str(guild.id),
        "guild": payloads.partial_guild(guild),
        "guild_locale": guild.locale,
        "member": {**payloads.member(member), **rights},
    }
