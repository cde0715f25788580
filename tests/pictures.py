"""Pictures that tests attach."""

import io

from PIL import Image, ImageDraw

from playground import Upload


def drawn(number: int, *, name: str | None = None, side: int = 256) -> Upload:
    """Return a PNG with shapes that depend on `number`."""
    image = Image.new("RGB", (side, side), ((number * 53) % 256, (number * 97) % 256, (number * 151) % 256))
    draw = ImageDraw.Draw(image)
    for i in range(6):
        x, y = (number * (37 + 11 * i) + 29 * i) % (side - 60), (number * (61 + 17 * i) + 47 * i) % (side - 60)
        colour = ((number * 31 + i * 83) % 256, (number * 17 + i * 41) % 256, (i * 111) % 256)
        shape = (draw.rectangle, draw.ellipse)[(number + i) % 2]
        shape((x, y, x + 40 + (number * 7) % 20, y + 40 + (i * 13) % 20), fill=colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    return Upload(name or f"robo{number}.png", file.getvalue())


def halved(upload: Upload) -> Upload:
    """Return the same picture at half the size: not equal, but almost the same."""
    image = Image.open(io.BytesIO(upload.data))
    file = io.BytesIO()
    image.resize((image.width // 2, image.height // 2)).save(file, "PNG")
    return Upload(f"half {upload.filename}", file.getvalue())


def png(number: int, *, side: int = 64) -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), (number * 40 % 256, number * 90 % 256, 120)).save(file, "PNG")
    return file.getvalue()
