"""A Discord on loopback that an unmodified bot talks to: gateway, REST, CDN, and members who act."""

from playground.acts.replies import Modal, Reply
from playground.server import Playground
from playground.wire.errors import CannotDo
from playground.wire.traffic import Dispatched, Exchange, Received
from playground.world.attachments import Attachment, Upload
from playground.world.changes import Unseen
from playground.world.channels import Channel
from playground.world.guilds import Guild
from playground.world.layout import Button
from playground.world.members import Member
from playground.world.messages import Message
from playground.world.permissions import Overwrite, Permission

__all__ = [
    "Attachment",
    "Button",
    "CannotDo",
    "Channel",
    "Dispatched",
    "Exchange",
    "Guild",
    "Member",
    "Message",
    "Modal",
    "Overwrite",
    "Permission",
    "Playground",
    "Received",
    "Reply",
    "Unseen",
    "Upload",
]
