"""Markdown reads as in Discord, and no text becomes markup."""

import pytest

from playground.markdown import to_html
from tests.playground.html_reader import EVIL, Reader


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("**bold** and `**code**`", "<strong>bold</strong> and <code>**code**</code>"),
        ("-# small", "<small>small</small>"),
        ("```\na < b\n```", "<pre>a &lt; b</pre>"),
        (
            "<@7> at <t:0:f>",
            '<span class="mention">@Ana</span> at <span class="stamp">01 January 1970 00:00 UTC</span>',
        ),
        ("<@8>", '<span class="mention">@unknown</span>'),
        ("[here](https://example.org/a)", '<a href="https://example.org/a">here</a>'),
        ("[here](javascript:alert)", "[here](javascript:alert)"),
        ("a\nb", "a<br>b"),
        ("\x000\x00 `x`", "0 <code>x</code>"),
    ],
)
def test_markdown_reads_as_in_discord(text: str, markup: str) -> None:
    assert to_html(text, {7: "Ana"}) == markup


@pytest.mark.parametrize("text", [EVIL, f"`{EVIL}`", f"**{EVIL}**", f"[{EVIL}](https://x.org/{EVIL})", f"# {EVIL}"])
def test_no_text_becomes_markup(text: str) -> None:
    assert "script" not in Reader(to_html(text, {7: EVIL})).tags
