"""Keeps secrets out of the log, tracebacks included."""

import logging
import re
from collections.abc import Sequence

HIDDEN = "[hidden]"
SHORTEST = 6  # characters; shorter settings are words, no secrets
# Signed links and keys, in the forms in which libraries print them.
PATTERNS = (
    re.compile(
        r"(?i)((?:x-amz-signature|x-amz-credential|x-amz-security-token|signature|sig|token|key|hm)=)[^&\s\"']+"
    ),
    re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/?\s\"']+"),  # who has it may answer as this bot for 15 minutes
    re.compile(r"(?i)([\"']token[\"']: ?[\"'])[^\"']+"),
    re.compile(r"(?i)(\b(?:bearer|basic|key|token|bot) )[a-z0-9+/=._:-]{16,}"),
)


class RedactingFormatter(logging.Formatter):
    """Formats like its base, and hides secrets in the result.

    A `Filter` would not do: the text of an exception is only made here.
    """

    def __init__(self, form: str, *, secrets: Sequence[str]) -> None:
        super().__init__(form)
        self._secrets = sorted({s for s in secrets if len(s) >= SHORTEST}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole line or lines of a record, without secrets."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern in PATTERNS:
            text = pattern.sub(rf"\1{HIDDEN}", text)
        return text
