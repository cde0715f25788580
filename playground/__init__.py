"""A Discord on loopback to which an unmodified bot connects, with members who act."""

from playground.acts.errors import CannotDo
from playground.acts.guilds import Guild
from playground.acts.members import Member
from playground.acts.replies import Modal, Reply
from playground.server import Playground
from playground.wire.traffic import Dispatched, Exchange, Received
from playground.world.attachments import Attachment, Upload
from playground.world.changes import Unseen
from playground.world.channels import Channel, Message
from playground.world.layout import Button
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
