"""Remakes tests/formats/pictures.h: python3 tests/formats/make_pictures.py (needs numpy and Pillow)."""
import io
import os

import numpy as np
from PIL import Image

lines = [
    "/* Small image files as Pillow writes them, and the pixels that Pillow reads from the JPEG: tests/formats/make_pictures.py. */",
    "#ifndef SV_TESTS_PICTURES_H",
    "#define SV_TESTS_PICTURES_H",
    "",
]


def array(name, data):
    numbers = ["%d" % b for b in data]
    rows = [", ".join(numbers[i : i + 24]) for i in range(0, len(numbers), 24)]
    lines.append("static const unsigned char %s[] = {\n    %s\n};" % (name, ",\n    ".join(rows)))


def encoded(pixels, kind, **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[10, 20, 30], [128, 128, 128], [255, 255, 255]]], np.uint8)
alpha = np.array([[255, 128, 0], [7, 255, 255]], np.uint8)
wide = np.array([[0, 1, 256], [258, 4660, 65535]], np.uint16)
ramp = np.add.outer(np.arange(8) * 16, np.arange(8) * 8).astype(np.uint8)
jpeg = encoded(ramp, "JPEG", quality=95, optimize=True)

array("png_rgb", encoded(rgb, "PNG", optimize=True))
array("png_rgba", encoded(np.dstack([rgb, alpha]), "PNG", optimize=True))
array("png_gray16", encoded(wide, "PNG", optimize=True))
array("bmp_rgb", encoded(rgb, "BMP"))
array("gif_gray", encoded(np.ascontiguousarray(rgb[:, :, 2]), "GIF"))
array("tga_rgb", encoded(rgb, "TGA"))
array("tga_rgba_runs", encoded(np.dstack([rgb, alpha]), "TGA", compression="tga_rle"))
array("tga_gray", encoded(np.ascontiguousarray(rgb[:, :, 2]), "TGA", orientation=1))
palette = Image.fromarray(np.array([[0, 1, 2], [3, 4, 5]], np.uint8), "P")
palette.putpalette(rgb.ravel().tolist())
out = io.BytesIO()
palette.save(out, "TGA")
array("tga_palette", out.getvalue())
array("pgm_16", encoded(wide, "PPM"))
array("jpeg_gray", jpeg)
array("jpeg_pixels", np.asarray(Image.open(io.BytesIO(jpeg))).ravel())
lines += ["", "#endif", ""]
with open(os.path.join(os.path.dirname(__file__), "pictures.h"), "w") as f:
    f.write("\n".join(lines))
