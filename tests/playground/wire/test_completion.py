"""What Discord adds to the components of messages."""

from typing import Any

from playground.wire.completion import complete
from playground.world.attachments import Attachment

Component = dict[str, Any]


PICTURE = {"media": {"url": "attachment://a.png"}}


def test_missing_ids_defaults_and_media_are_added() -> None:
    file = Attachment(
        5, "a.png", b"xyz", "attachments/1", lambda _: "http://cdn/attachments/1/5/a.png?ex=1", "image/png"
    )
    sent: list[Component] = [
        {
            "type": 17,
            "id": 2,
            "components": [{"type": 12, "items": [PICTURE]}, {"type": 13, "file": PICTURE["media"]}],
        },
        {"type": 14},
    ]
    box, line = complete(sent, [file], iter(range(100, 200)).__next__)
    gallery, shown = box["components"]

    assert [box["id"], gallery["id"], shown["id"], line["id"]] == [2, 1, 3, 4]
    assert gallery["items"][0] == {
        "media": {
            "id": "100",
            "url": "http://cdn/attachments/1/5/a.png?ex=1",
            "proxy_url": "http://cdn/media/attachments/1/5/a.png?ex=1",
            "width": None,
            "height": None,
            "content_type": "image/png",
            "attachment_id": "5",
        },
        "description": None,
        "spoiler": False,
    }
    assert (shown["name"], shown["size"]) == ("a.png", 3)
    assert (line["spacing"], line["divider"], box["accent_color"]) == (1, True, None)
    assert "id" not in sent[1]
