import io

from PIL import Image, ImageDraw

from demo.evidence import Books, likeness

MINT = (60, 220, 170)


def picture(ground: tuple[int, int, int], body: tuple[int, int, int] | None) -> bytes:
    image = Image.new("RGB", (64, 64), ground)
    if body:
        ImageDraw.Draw(image).ellipse((8, 8, 56, 56), fill=body)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


SAMPLES = [picture(ground, MINT) for ground in ((250, 250, 250), (20, 20, 60), (220, 60, 40), (240, 220, 60))]


def test_pictures_of_the_same_figure_on_another_ground_are_like_the_samples() -> None:
    assert likeness([picture((120, 60, 160), MINT)], SAMPLES) > 0.8


def test_pictures_without_the_figure_are_not() -> None:
    assert likeness([picture((120, 60, 160), None), picture((250, 250, 250), (200, 0, 0))], SAMPLES) < 0.2


def test_the_gain_is_the_share_by_which_the_held_out_loss_fell() -> None:
    books = Books(pictures=12, tasks=1, succeeded=1, jobs_handed_over=1, loras=1, base_loss=0.2, held_out_loss=0.15)

    assert round(books.gain, 6) == 0.25
