"""The limits of a picture, and a code for each reason to refuse one."""

from enum import StrEnum

MOST_BYTES = 10 * 1024 * 1024  # per file, as Discord's own upload limit
MOST_PIXELS = 40_000_000
MOST_SCANS = 64  # of a JPEG; cameras write 1, progressive ones about 10
MOST_FRAMES = 1_000
MOST_ANIMATED_PIXELS = 12_000_000  # of one frame: the decoder keeps four canvases of 4 bytes a pixel
MOST_AT_ONCE = 10  # files, as many as one Discord message carries
SHORTEST_SIDE = 32  # pixels; less teaches nothing


class Refusal(StrEnum):
    """Why a picture is refused."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    NOT_A_PICTURE = "not_a_picture"
    OTHER_FORMAT = "other_format"
    BROKEN = "broken"
    TOO_SMALL = "too_small"
    TOO_NARROW = "too_narrow"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_SCANS = "too_many_scans"
    ANIMATION_TOO_LARGE = "animation_too_large"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    DECODER_DIED = "decoder_died"
    TOO_MANY_AT_ONCE = "too_many_at_once"
    FOREIGN_LINK = "foreign_link"  # it does not lead to Discord
    LINK_EXPIRED = "link_expired"
    SENT_TOO_SLOWLY = "sent_too_slowly"  # by Discord
    NOT_SENT = "not_sent"  # by Discord
