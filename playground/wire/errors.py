"""Discord's refusals, with HTTP status, numeric code, message and the faults of a form."""

from dataclasses import dataclass, field
from functools import partial

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


not_found = partial(ApiError, 404, 0, "404: Not Found")
unauthorized = partial(ApiError, 401, 0, "401: Unauthorized")
unknown_channel = partial(ApiError, 404, 10003, "Unknown Channel")
unknown_guild = partial(ApiError, 404, 10004, "Unknown Guild")  # or the bot is not in it
unknown_member = partial(ApiError, 404, 10007, "Unknown Member")
unknown_message = partial(ApiError, 404, 10008, "Unknown Message")
unknown_user = partial(ApiError, 404, 10013, "Unknown User")
unknown_webhook = partial(ApiError, 404, 10015, "Unknown Webhook")  # the interaction has no first answer yet
unknown_interaction = partial(ApiError, 404, 10062, "Unknown interaction")  # or its three seconds have passed
unknown_command = partial(ApiError, 404, 10063, "Unknown application command")
too_large = partial(ApiError, 413, 40005, "Request entity too large")
already_acknowledged = partial(ApiError, 400, 40060, "Interaction has already been acknowledged.")
missing_access = partial(ApiError, 403, 50001, "Missing Access")  # the bot does not see the channel
not_the_author = partial(ApiError, 403, 50005, "Cannot edit a message authored by another user")
empty_message = partial(ApiError, 400, 50006, "Cannot send an empty message")
closed_to_messages = partial(ApiError, 403, 50007, "Cannot send messages to this user")
missing_permissions = partial(ApiError, 403, 50013, "Missing Permissions")  # it sees the channel, but may not do this
token_expired = partial(ApiError, 401, 50027, "Invalid Webhook Token")  # older than 15 minutes
thread_archived = partial(ApiError, 400, 50083, "Thread is archived")
thread_exists = partial(ApiError, 400, 160004, "A thread has already been created for this message")
thread_locked = partial(ApiError, 400, 160005, "This thread is locked")
invalid_json = partial(ApiError, 400, 50109, "The request body contains invalid JSON.")


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
