"""Discord accounts."""

from dataclasses import dataclass


@dataclass(eq=False)
class User:
    """An account of a person or a bot."""

    id: int
    name: str
    bot: bool = False
    takes_dms: bool = True
    locale: str = "en-US"

    @property
    def username(self) -> str:
        """The unique lower-case name."""
        return self.name if self.bot else self.name.lower().replace(" ", "_")

    @property
    def mention(self) -> str:
        """How the user is mentioned in a text."""
        return f"<@{self.id}>"
