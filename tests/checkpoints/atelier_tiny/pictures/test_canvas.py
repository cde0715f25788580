"""The canvas and its pen."""

import numpy as np

from checkpoints.atelier_tiny.pictures.canvas import blank

RED = (255, 0, 0)


def test_a_pen_draws_in_its_own_box() -> None:
    canvas = blank(64)
    canvas.pen().at(0.5, 0.5, 0.25).ellipse((0, 0), (1, 1), RED)
    red = (np.asarray(canvas.finished()) == RED).all(axis=-1)

    assert red[48, 48]
    assert not red[:32].any()
    assert not red[:, :32].any()


def test_a_blank_canvas_has_its_colour() -> None:
    assert np.asarray(blank(8, RED).finished()).reshape(-1, 3).tolist() == [list(RED)] * 64
