"""The steps that make one clean picture of one hostile file.

They run only in a child process. Nothing is decoded before it was recognised, opened with a parser of that one
format, and measured.
"""

import hashlib
import io
import warnings

from PIL import ExifTags, Image, ImageCms, MpoImagePlugin, TiffImagePlugin, TiffTags, WebPImagePlugin

from domain.datasets.pictures import CleanPicture, FileKind, Refusal, RefusedPicture, kept_size, screen, screen_size
from domain.datasets.refusals import MOST_PIXELS, MOST_SCANS
from storage.pictures.perceptual_hash import perceptual_hash
from storage.pictures.structure import check_chunks, count_scans

LOSSLESS_PIXELS = 1_048_576  # up to here PNG: exact, and encoding costs about 0.1 s; above, JPEG
JPEG_QUALITY = 95
# A JPEG decodes at 1/2, 1/4 or 1/8 for a fraction of the time and memory. When that lands between 15/16 of the
# kept size and the kept size (photos of 12 megapixels do: 4,032 halves to 2,016) it is not scaled again.
NEARLY = 15 / 16
WHITE = (255, 255, 255)

# Pillow imports these when it first needs them, at a time when this process may open no file.
_LOADED_EARLY = (MpoImagePlugin, TiffImagePlugin, TiffTags, WebPImagePlugin)
_SRGB = ImageCms.createProfile("sRGB")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HIGH_BYTE = [value >> 8 for value in range(65_536)]


class Refused(Exception):
    """Carries the verdict out of the steps."""

    def __init__(self, verdict: RefusedPicture) -> None:
        super().__init__(verdict)
        self.verdict = verdict


def prepare() -> None:
    """Make Pillow of this process refuse what is too large instead of warning, and load all that cleaning uses."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    for kind in (FileKind.JPEG, FileKind.PNG, FileKind.WEBP):
        sample = io.BytesIO()
        profile = ImageCms.ImageCmsProfile(_SRGB).tobytes()
        Image.new("RGB", (64, 64)).save(sample, kind.name, icc_profile=profile)
        clean(sample.getvalue())


def clean(data: bytes) -> CleanPicture | RefusedPicture:
    """Return the clean picture in `data`, or why there is none. Never raises."""
    kind = FileKind.UNKNOWN
    try:
        image, kind = decode(data)
        return _encoded(_scaled(image), kind)
    except Refused as refused:
        return refused.verdict
    except MemoryError:
        return RefusedPicture(Refusal.TOO_MUCH_MEMORY, kind)
    except Exception as error:  # noqa: BLE001 - the boundary: what parsers of hostile files raise has no list
        return RefusedPicture(Refusal.BROKEN, screened_kind(data), cause=repr(error)[:200])


def screened_kind(data: bytes) -> FileKind:
    """Return what the file's first bytes say."""
    screened = screen(data)
    return screened.kind if isinstance(screened, RefusedPicture) else screened


def decode(data: bytes, *, largest: tuple[int, int] | None = None) -> tuple[Image.Image, FileKind]:
    """Return the first picture in `data` as upright RGB in sRGB on white, and the kind of the file.

    It may be as small as `largest` (width, height) or as it will be kept. Raises `Refused`, or what Pillow raises.
    """
    kind = screen(data)
    if isinstance(kind, RefusedPicture):
        raise Refused(kind)
    image = _opened(data, kind)
    image.draft(None, largest or _nearly(kept_size(*image.size)))
    image.load()
    seen = _resolved(_upright(image), depth=data[24] if kind is FileKind.PNG else 8)
    return _flat(_to_srgb(seen)), kind


def _opened(data: bytes, kind: FileKind) -> Image.Image:
    _check_structure(data, kind)
    try:
        image = Image.open(io.BytesIO(data), formats=[kind.name])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(RefusedPicture(Refusal.TOO_MANY_PIXELS, kind, cause=str(error))) from error
    # The further pictures of an MPO (a phone's depth or second view) are never looked at.
    frames = 1 if kind is FileKind.JPEG else getattr(image, "n_frames", 1)
    if refused := screen_size(kind, *image.size, frames):
        raise Refused(refused)
    if kind is FileKind.PNG:
        Image.open(io.BytesIO(data), formats=["PNG"]).verify()  # checksums, which load() does not look at
    return image


def _nearly(size: tuple[int, int]) -> tuple[int, int]:
    return int(size[0] * NEARLY), int(size[1] * NEARLY)


def _check_structure(data: bytes, kind: FileKind) -> None:
    if kind is FileKind.PNG:
        check_chunks(data)
    if kind is not FileKind.JPEG:
        return
    match count_scans(data, most=MOST_SCANS):
        case 0:
            raise ValueError("a JPEG without a scan")
        case scans if scans > MOST_SCANS:
            raise Refused(RefusedPicture(Refusal.TOO_MANY_SCANS, kind, count=scans))


def _upright(image: Image.Image) -> Image.Image:
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - broken EXIF must not cost the picture, and what it raises has no list
        return image
    if turn is None:
        return image
    upright = image.transpose(turn)
    upright.info = image.info
    return upright


def _resolved(image: Image.Image, *, depth: int) -> Image.Image:
    """Return `image` with its palette looked up and its transparent colour as alpha.

    `depth` is bits per channel.
    """
    key = image.info.get("transparency")
    if image.mode.startswith("P"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode not in {"1", "L", "RGB"} or key is None:
        return image
    if image.mode != "1":
        image.info["transparency"] = _key_in_8_bits(key, depth)
    return image.convert("RGBA")


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(source).startswith("sRGB"):
            return image
        mode = image.mode if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode)
    except Exception:  # noqa: BLE001 - a broken profile must not cost the picture, and what it raises has no list
        return image
    return converted or image


def _flat(image: Image.Image) -> Image.Image:
    """Return `image` as 8-bit RGB on white."""
    match image.mode:
        case "RGB":
            return image
        case "RGBA":
            return _on_white(image, image.getchannel("A"))
        case "LA":
            return _flat(image.convert("RGBA"))
        case mode if mode.startswith("I"):
            return _from_16_bits(image, image.info.get("transparency"))
        case _:
            return image.convert("RGB")


def _from_16_bits(image: Image.Image, key: object) -> Image.Image:
    # convert("RGB") would clip: everything above 255 of 65,535 would come out white.
    wide = image.convert("I")
    grey = wide.point(_HIGH_BYTE, "L")
    if not isinstance(key, int):
        return grey.convert("RGB")
    opaque = wide.point([0 if value == key else 255 for value in range(65_536)], "L")
    return _on_white(grey.convert("RGB"), opaque)


def _key_in_8_bits(key: object, depth: int) -> object:
    """Return the colour that means "transparent", as Pillow's 8-bit pixels show it."""

    def channel(value: int) -> int:
        return value >> 8 if depth > 8 else value * 255 // ((1 << depth) - 1)

    if isinstance(key, tuple):
        return tuple(channel(value) for value in key)
    return channel(key) if isinstance(key, int) else key


def _on_white(image: Image.Image, opaque: Image.Image) -> Image.Image:
    flat = Image.new("RGB", image.size, WHITE)
    flat.paste(image, mask=opaque)
    return flat


def _scaled(image: Image.Image) -> Image.Image:
    size = kept_size(*image.size)
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, arrived_as: FileKind) -> CleanPicture:
    fresh = Image.new("RGB", image.size)  # nothing of the old file's metadata comes along
    fresh.paste(image)
    kind = FileKind.PNG if fresh.width * fresh.height <= LOSSLESS_PIXELS else FileKind.JPEG
    out = io.BytesIO()
    fresh.save(out, kind.name, quality=JPEG_QUALITY, subsampling=0)
    content = out.getvalue()
    return CleanPicture(
        sha256=hashlib.sha256(content).hexdigest(),
        phash=_phash(fresh),
        kind=kind,
        width=fresh.width,
        height=fresh.height,
        content=content,
        arrived_as=arrived_as,
    )


def _phash(image: Image.Image) -> str:
    return perceptual_hash(image.resize((256, 256), Image.Resampling.BOX))  # the same hash at a tenth of the time
