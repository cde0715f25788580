"""What everything in one playground shares."""

from collections.abc import Callable

from playground.world.attachments import Attachment, Links, Upload, guess_type, measure
from playground.world.changes import ChangeSignal
from playground.world.clock import Clock
from playground.world.json_values import Json
from playground.world.snowflakes import Snowflakes
from playground.world.users import User


class Context:
    """Time, ids, accounts, files and commands, and who is notified of changes.

    Guilds, channels and messages reach this much of the world they are in. `emit` passes on the gateway's name
    for an event and the guild, member, channel, message, reaction or interaction that it is about.
    """

    def __init__(self, clock: Clock, *, bot_name: str, message_content: bool) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.changes = ChangeSignal()
        self.links = Links(clock)
        self.message_content = message_content
        self.users: dict[int, User] = {}
        self.files: dict[int, Attachment] = {}
        self.commands: dict[int, Json] = {}
        self.syncs = 0
        self.choice_names: dict[str, str] = {}  # of all autocomplete lists, by value
        self.owner = self.add_user("Owner")
        self.bot = self.add_user(bot_name, bot=True)
        self.application_id = self.bot.id
        self.emit: Callable[[str, object], None] = lambda _name, _subject: None

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """Make an account."""
        user = User(self.ids.next(), name, bot=bot)
        self.users[user.id] = user
        return user

    def store_file(self, upload: Upload, folder: str, *, ephemeral: bool = False) -> Attachment:
        """Keep an uploaded file for the CDN."""
        width, height = measure(upload.data) or (None, None)
        attachment = Attachment(
            self.ids.next(),
            upload.filename,
            upload.data,
            folder,
            self.links.sign,
            content_type=upload.content_type or guess_type(upload.filename),
            description=upload.description,
            width=width,
            height=height,
            ephemeral=ephemeral,
        )
        self.files[attachment.id] = attachment
        return attachment
