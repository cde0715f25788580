"""The perceptual hash of a picture, which finds pictures that look alike."""

import math
from collections.abc import Sequence
from functools import cache
from statistics import median

from PIL import Image

SIDE = 64  # pixels of the grey square that is transformed
BITS = 16  # on each side of the hash
SQRT2 = math.sqrt(2)

Numbers = list[float]


def perceptual_hash(image: Image.Image) -> str:
    """Return 64 hexadecimal digits, alike for pictures that look alike.

    The lowest frequencies of a cosine transform, each above their median or not, as in ImageHash's `phash`. Rows of
    older databases hold hashes of that library, so each number is rounded exactly as there.
    """
    grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    pixels = [float(value) for value in grey.tobytes()]
    columns = [cosine_transform(pixels[x::SIDE])[:BITS] for x in range(SIDE)]
    rows = [cosine_transform([column[y] for column in columns])[:BITS] for y in range(BITS)]
    lowest = [value for row in rows for value in row]
    middle = median(lowest)
    bits = "".join("1" if value > middle else "0" for value in lowest)
    return f"{int(bits, 2):0{BITS * BITS // 4}x}"


def cosine_transform(values: Sequence[float]) -> Numbers:
    """Return the DCT-II of 64 numbers.

    The order of all operations is that of PocketFFT (BSD-3-Clause, © 2010-2019 Max-Planck-Society, `T_dcst23`), as
    SciPy uses it: https://gitlab.mpcdf.mpg.de/mtr/pocketfft
    """
    n, out = SIDE, list(values)
    out[0] *= 2
    out[-1] *= 2
    for k in range(1, n - 1, 2):
        out[k], out[k + 1] = out[k + 1] + out[k], out[k + 1] - out[k]
    length = 1
    while length < n:
        out = _backward_pass(out, length)
        length *= 4
    twiddles = _cosines()
    for k in range(1, n // 2):
        low, high = twiddles[k - 1], twiddles[n - k - 1]
        one = low * out[n - k] + high * out[k]
        other = low * out[k] - high * out[n - k]
        out[k], out[n - k] = 0.5 * (one + other), 0.5 * (one - other)
    out[n // 2] *= twiddles[n // 2 - 1]
    return out


def _backward_pass(cc: Numbers, l1: int) -> Numbers:
    """Return the numbers after one pass of radix 4 of the backward transform (`radb4`).

    Its names are those of the source, so that the two can be compared line by line.
    """
    ido = SIDE // (4 * l1)
    ch = [0.0] * SIDE
    twiddles = _pass_twiddles(l1)
    for k in range(l1):
        a, b, c, d = (ido * (j + 4 * k) for j in range(4))
        e, f, g, h = (ido * (k + l1 * j) for j in range(4))
        tr2, tr1 = cc[a] + cc[d + ido - 1], cc[a] - cc[d + ido - 1]
        tr3, tr4 = 2.0 * cc[b + ido - 1], 2.0 * cc[c]
        ch[e], ch[g] = tr2 + tr3, tr2 - tr3
        ch[h], ch[f] = tr1 + tr4, tr1 - tr4
        if ido == 1:
            continue
        last = ido - 1
        ti1, ti2 = cc[d] + cc[b], cc[d] - cc[b]
        tr2, tr1 = cc[a + last] + cc[c + last], cc[a + last] - cc[c + last]
        ch[e + last] = tr2 + tr2
        ch[f + last] = SQRT2 * (tr1 - ti1)
        ch[g + last] = ti2 + ti2
        ch[h + last] = -SQRT2 * (tr1 + ti1)
        for i in range(2, ido, 2):
            ic = ido - i
            tr2, tr1 = cc[a + i - 1] + cc[d + ic - 1], cc[a + i - 1] - cc[d + ic - 1]
            ti1, ti2 = cc[a + i] + cc[d + ic], cc[a + i] - cc[d + ic]
            tr4, ti3 = cc[c + i] + cc[b + ic], cc[c + i] - cc[b + ic]
            tr3, ti4 = cc[c + i - 1] + cc[b + ic - 1], cc[c + i - 1] - cc[b + ic - 1]
            ch[e + i - 1], cr3 = tr2 + tr3, tr2 - tr3
            ch[e + i], ci3 = ti2 + ti3, ti2 - ti3
            cr4, cr2 = tr1 + tr4, tr1 - tr4
            ci2, ci4 = ti1 + ti4, ti1 - ti4
            turned = zip((f, g, h), ((cr2, ci2), (cr3, ci3), (cr4, ci4)), twiddles[i // 2 - 1], strict=True)
            for place, (cr, ci), (wr, wi) in turned:
                ch[place + i] = wr * ci + wi * cr
                ch[place + i - 1] = wr * cr - wi * ci
    return ch


@cache
def _cosines() -> Numbers:
    return [_root(k + 1, 4 * SIDE)[0] for k in range(SIDE)]


@cache
def _pass_twiddles(l1: int) -> list[list[tuple[float, float]]]:
    ido = SIDE // (4 * l1)
    return [[_root(j * l1 * i, SIDE) for j in (1, 2, 3)] for i in range(1, (ido - 1) // 2 + 1)]


def _root(index: int, n: int) -> tuple[float, float]:
    """Return the cosine and sine of 2π · index / n, as a product of two values (`sincos_2pibyn`)."""
    if 2 * index > n:
        real, imaginary = _root(n - index, n)
        return real, -imaginary
    shift = 1
    while 4**shift < (n + 2) // 2:
        shift += 1
    one = _circle(index % 2**shift, n)
    other = _circle(index >> shift << shift, n)
    return one[0] * other[0] - one[1] * other[1], one[0] * other[1] + one[1] * other[0]


def _circle(index: int, n: int) -> tuple[float, float]:
    if index == 0:
        return 1.0, 0.0
    angle, x = 0.25 * math.pi / n, 8 * index  # in units of an eighth of a step
    if x < n:
        return math.cos(x * angle), math.sin(x * angle)
    if x < 2 * n:
        return math.sin((2 * n - x) * angle), math.cos((2 * n - x) * angle)
    x -= 2 * n
    if x < n:
        return -math.sin(x * angle), math.cos(x * angle)
    return -math.cos((2 * n - x) * angle), math.sin((2 * n - x) * angle)
