"""Users, guilds, channels and attachments, written as Discord's JSON."""

from playground.world.attachments import Attachment
from playground.world.channels import DM, Channel, ThreadState
from playground.world.guilds import GuildState, MemberState, Role
from playground.world.json_values import Json, optional, timestamp
from playground.world.state import World
from playground.world.users import User


def user(person: User) -> Json:
    """Write a user."""
    return {
        "id": str(person.id),
        "username": person.username,
        "avatar": None,
        "discriminator": "0000" if person.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "global_name": None if person.bot else person.name,
        "primary_guild": None,
        **optional(bot=person.bot or None),
    }


def own_user(person: User) -> Json:
    """Write the bot's own user, as GET /users/@me does."""
    return {**user(person), "mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


def member(who: MemberState, *, with_user: bool = True) -> Json:
    """Write a guild member with the ids of the roles."""
    body: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": timestamp(who.joined),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in who.role_ids],
        "mute": False,
        "deaf": False,
    }
    return {**body, "user": user(who.user)} if with_user else body


def role(rank: Role) -> Json:
    """Write a role."""
    return {
        "id": str(rank.id),
        "name": rank.name,
        "description": None,
        "permissions": str(int(rank.permissions)),
        "position": rank.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": rank.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel(place: Channel) -> Json:
    """Write a channel, thread or direct message."""
    if place.thread:
        return thread(place, place.thread)
    last = place.messages[-1].id if place.messages else None
    body: Json = {"id": str(place.id), "type": place.kind, "flags": 0, "last_message_id": str(last) if last else None}
    if place.kind == DM:
        return {**body, "recipients": [user(place.recipient)] if place.recipient else []}
    return {
        **body,
        "guild_id": str(place.guild.id) if place.guild else "0",
        "name": place.name,
        "position": place.position,
        "permission_overwrites": [
            {"id": str(o.target_id), "type": int(o.is_member), "allow": str(int(o.allow)), "deny": str(int(o.deny))}
            for o in place.overwrites
        ],
        "topic": place.topic,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "parent_id": None,
    }


def thread(place: Channel, state: ThreadState) -> Json:
    """Write a thread."""
    count = len(place.messages)
    return {
        "id": str(place.id),
        "type": place.kind,
        "flags": 0,
        "guild_id": str(place.guild.id) if place.guild else "0",
        "name": place.name,
        "parent_id": str(place.parent.id) if place.parent else None,
        "owner_id": str(state.owner_id),
        "last_message_id": str(place.messages[-1].id) if count else None,
        "message_count": count,
        "member_count": max(1, len(state.joined)),
        "total_message_sent": count,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": state.archived,
            "auto_archive_duration": state.auto_archive,
            "archive_timestamp": timestamp(state.archive_changed),
            "locked": state.locked,
        },
    }


def active_threads(world: World, guild: GuildState) -> list[Json]:
    """Write the threads of a guild that are not archived."""
    return [thread(t, t.thread) for t in world.threads_of(guild) if t.thread and not t.thread.archived]


def partial_guild(guild: GuildState) -> Json:
    """Write the few guild fields that an interaction carries."""
    return {"id": str(guild.id), "locale": guild.locale, "features": []}


def guild_object(guild: GuildState) -> Json:
    """Write a guild as GET /guilds/{id} does."""
    nothing = (
        "icon splash discovery_splash banner description vanity_url_code afk_channel_id system_channel_id "
        "rules_channel_id public_updates_channel_id safety_alerts_channel_id "
        "hub_type incidents_data application_id home_header "
        "widget_channel_id"
    ).split()
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        **dict.fromkeys(nothing),
        "afk_timeout": 300,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "verification_level": 0,
        "mfa_level": 0,
        "nsfw": False,
        "nsfw_level": 0,
        "preferred_locale": guild.locale,
        "premium_progress_bar_enabled": False,
        "premium_subscription_count": 0,
        "premium_tier": guild.tier,
        "system_channel_flags": 0,
        "region": "deprecated",
        "widget_enabled": False,
        "max_members": 500000,
        "max_presences": None,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "roles": [role(r) for r in guild.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
    }


def guild_create(world: World, guild: GuildState, *, all_members: bool) -> Json:
    """Write GUILD_CREATE, which lists only the bot itself without the members intent."""
    bot = world.bot.id
    shown = [m for m in guild.members.values() if all_members or m.id == bot]
    return {
        **guild_object(guild),
        "joined_at": timestamp(guild.members[bot].joined),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member(m) for m in shown],
        "channels": [channel(c) for c in world.channels_of(guild)],
        "threads": active_threads(world, guild),
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application(world: World) -> Json:
    """Write the application as GET /oauth2/applications/@me does."""
    owner = world.owner
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(owner),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def attachment(file: Attachment) -> Json:
    """Write an attachment with fresh links."""
    return {
        "id": str(file.id),
        "filename": file.filename,
        "size": file.size,
        "url": file.url,
        "proxy_url": file.proxy_url,
        **optional(
            content_type=file.content_type,
            description=file.description,
            width=file.width,
            height=file.height,
            ephemeral=file.ephemeral or None,
        ),
    }
