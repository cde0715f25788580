"""Discord's refusals, with HTTP status, numeric code, message and the faults of a form."""

from dataclasses import dataclass, field

from playground.world.json_values import Json


@dataclass
class ApiError(Exception):
    """One refusal in the shape {code, message, errors}."""

    status: int
    code: int
    message: str
    errors: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    is_injected: bool = False  # refused by a fault that a test switched on

    def body(self) -> Json:
        """Write the refusal as Discord's JSON."""
        body: Json = {"message": self.message, "code": self.code, **self.extra}
        return body if self.errors is None else {**body, "errors": self.errors}


def not_found() -> ApiError:
    """Refuse because there is no such route."""
    return ApiError(404, 0, "404: Not Found")


def unauthorized() -> ApiError:
    """Refuse because the bot token is missing or wrong."""
    return ApiError(401, 0, "401: Unauthorized")


def unknown_channel() -> ApiError:
    """Refuse because the channel does not exist (any more)."""
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    """Refuse because the guild does not exist, or the bot is not in it."""
    return ApiError(404, 10004, "Unknown Guild")


def unknown_member() -> ApiError:
    """Refuse because the guild has no member of that id."""
    return ApiError(404, 10007, "Unknown Member")


def unknown_message() -> ApiError:
    """Refuse because the message does not exist (any more)."""
    return ApiError(404, 10008, "Unknown Message")


def unknown_user() -> ApiError:
    """Refuse because no user has that id."""
    return ApiError(404, 10013, "Unknown User")


def unknown_webhook() -> ApiError:
    """Refuse because the interaction has no first answer yet, so nothing can follow it."""
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    """Refuse because the interaction does not exist, or three seconds have passed."""
    return ApiError(404, 10062, "Unknown interaction")


def unknown_command() -> ApiError:
    """Refuse because no command has that id."""
    return ApiError(404, 10063, "Unknown application command")


def too_large() -> ApiError:
    """Refuse because a file or the whole request is larger than allowed."""
    return ApiError(413, 40005, "Request entity too large")


def already_acknowledged() -> ApiError:
    """Refuse because the interaction has had its first answer."""
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> ApiError:
    """Refuse because the bot cannot see the channel."""
    return ApiError(403, 50001, "Missing Access")


def not_the_author() -> ApiError:
    """Refuse because only the author can edit a message."""
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> ApiError:
    """Refuse because the message is empty."""
    return ApiError(400, 50006, "Cannot send an empty message")


def closed_to_messages() -> ApiError:
    """Refuse because the user takes no direct messages from this bot."""
    return ApiError(403, 50007, "Cannot send messages to this user")


def missing_permissions() -> ApiError:
    """Refuse because the bot sees the channel, but may not do this there."""
    return ApiError(403, 50013, "Missing Permissions")


def token_expired() -> ApiError:
    """Refuse because the interaction token is older than 15 minutes."""
    return ApiError(401, 50027, "Invalid Webhook Token")


def thread_archived() -> ApiError:
    """Refuse because nothing can be changed in an archived thread."""
    return ApiError(400, 50083, "Thread is archived")


def thread_exists() -> ApiError:
    """Refuse because the message has a thread already."""
    return ApiError(400, 160004, "A thread has already been created for this message")


def thread_locked() -> ApiError:
    """Refuse because the thread was locked by a moderator."""
    return ApiError(400, 160005, "This thread is locked")


def invalid_json() -> ApiError:
    """Refuse because the body is no JSON."""
    return ApiError(400, 50109, "The request body contains invalid JSON.")


class FormErrors:
    """Collects what is wrong with a form, by path, and refuses it as a whole (400/50035)."""

    def __init__(self) -> None:
        self.tree: Json = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Note one fault at a path such as ("components", 0, "custom_id")."""
        node = self.tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: tuple[str | int, ...], value: object, *, least: int = 0, most: int) -> None:
        """Note a text that is no text, too short or too long (in characters)."""
        if not isinstance(value, str):
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not least <= len(value) <= most:
            code = "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH"
            sentence = (
                f"Must be between {least} and {most} in length." if least else f"Must be {most} or fewer in length."
            )
            self.add(path, code, sentence)

    def count(self, path: tuple[str | int, ...], have: int, *, least: int = 0, most: int) -> None:
        """Note a list that is too short or too long."""
        if not least <= have <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def refuse_if_any(self) -> None:
        """Raise 400/50035 when something was noted."""
        if self.tree:
            raise ApiError(400, 50035, "Invalid Form Body", self.tree)
