"""Discord's markdown as HTML, where every character of a member or a bot is escaped first."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

BLOCK = re.compile(r"```(?:\w*\n)?(.*?)```", re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
STAMP = re.compile(r"&lt;t:(\d{1,12})(?::[tTdDfFR])?&gt;")
MENTION = re.compile(r"&lt;@!?(\d{1,20})&gt;")
LINK = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^\s()]+)\)")
MARKS = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"__(.+?)__"), r"<u>\1</u>"),
    (re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)"), r"<em>\1</em>"),
    (re.compile(r"~~(.+?)~~"), r"<s>\1</s>"),
)
LINES = (("### ", "h4"), ("## ", "h3"), ("# ", "h2"), ("-# ", "small"), ("&gt; ", "blockquote"))


def to_html(text: str, names: Mapping[int, str]) -> str:
    """Return the text as HTML, with `names` by id for mentions."""
    kept: list[str] = []

    def keep(markup: str) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            kept.append(markup.format(match[1].strip("\n")))
            return f"\0{len(kept) - 1}\0"

        return replace

    escaped = html.escape(text.replace("\0", ""), quote=True)
    escaped = BLOCK.sub(keep("<pre>{}</pre>"), escaped)
    escaped = CODE.sub(keep("<code>{}</code>"), escaped)
    marked = "".join(_line(line, names) for line in escaped.split("\n")).removesuffix("<br>")
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match[1])], marked)


def _line(line: str, names: Mapping[int, str]) -> str:
    for mark, tag in LINES:
        if line.startswith(mark):
            return f"<{tag}>{_inline(line.removeprefix(mark), names)}</{tag}>"
    return f"{_inline(line, names)}<br>"


def _inline(line: str, names: Mapping[int, str]) -> str:
    for pattern, replacement in MARKS:
        line = pattern.sub(replacement, line)
    line = LINK.sub(r'<a href="\2">\1</a>', line)
    line = STAMP.sub(lambda match: f'<span class="stamp">{_moment(int(match[1]))}</span>', line)
    return MENTION.sub(
        lambda match: f'<span class="mention">@{html.escape(names.get(int(match[1]), "unknown"))}</span>', line
    )


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%d %B %Y %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return str(seconds)
