"""What is ordered at Novita, within what it takes."""

from backends.novita import orders as novita_orders
from backends.novita.orders import Faces


def test_faces_are_cut_out_when_the_owner_asks_for_it() -> None:
    assert novita_orders.components(512, Faces()) == [
        {"name": "face_crop_region", "args": [{"name": "ratio", "value": "1.4"}]},
        {"name": "resize", "args": [{"name": "width", "value": "512"}, {"name": "height", "value": "512"}]},
        {
            "name": "face_restore",
            "args": [{"name": "method", "value": "gfpgan_1.4"}, {"name": "upscale", "value": "1.0"}],
        },
    ]
    assert [part["name"] for part in novita_orders.components(512, Faces(restore=False))] == [
        "face_crop_region",
        "resize",
    ]
