"""A Discord on loopback that an unmodified bot talks to: gateway, REST, CDN, and members who act."""

from playground.attachment import Attachment, Upload
from playground.changes import Unseen
from playground.channel import Channel
from playground.errors import CannotDo
from playground.guild import Guild
from playground.member import Member
from playground.message import Message
from playground.observed import Dispatched, Exchange, Received
from playground.permissions import Overwrite, Permission
from playground.reply import Modal, Reply
from playground.seen import Button
from playground.server import Playground

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
