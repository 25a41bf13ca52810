"""What numpy makes of the definitions of the measured metrics, written as plainly as they read: no line here is the library's.

    python3 make_artifacts.py      writes artifacts.safetensors
"""
import itertools
import json
import math

import numpy as np

from golden import Store

SIDES = ["top", "bottom", "left", "right"]


def null(v):
    return None if v is None or not math.isfinite(v) else float(v)


def ratio(a, b):
    """a, b: a value for each image."""
    n = len(a)
    if np.sum(b) == 0 or not np.all(np.isfinite(a)) or not np.all(np.isfinite(b)):
        return None, None
    r = np.sum(a) / np.sum(b)
    se = math.sqrt(np.sum((a - r * b) ** 2) / (n * (n - 1))) / np.mean(b) if n > 1 else None
    return r, se


def masks(h, w, depth, ring, stride):
    """Interior box or None, ring, the four strips, corners."""
    box = []
    for size, low, high, s in ((h, depth[0], depth[1], stride[0]), (w, depth[2], depth[3], stride[1])):
        inside = [i for i in range(size) if low <= i < size - high]
        while inside and inside[0] % s:
            inside.pop(0)
        while inside and (inside[-1] + 1) % s:
            inside.pop()
        box.append(inside)
    near = {side: np.zeros((h, w), bool) for side in SIDES}
    near["top"][: ring[0]] = True
    near["bottom"][h - ring[1] :] = True
    near["left"][:, : ring[2]] = True
    near["right"][:, w - ring[3] :] = True
    vertical, horizontal = near["top"] | near["bottom"], near["left"] | near["right"]
    strips = {s: near[s] & ~(horizontal if s in ("top", "bottom") else vertical) for s in SIDES}
    inner = np.zeros((h, w), bool)
    if box[0] and box[1]:
        inner[np.ix_(box[0], box[1])] = True
    else:
        box = None
    return box, inner, vertical | horizontal, strips, vertical & horizontal


def symmetric(a, pad):
    return np.pad(a, pad, mode="symmetric")


def ssim_map(x, y):
    g = np.exp(-np.arange(-5, 6) ** 2 / (2 * 1.5**2))
    window = np.outer(g, g) / np.sum(np.outer(g, g))
    h, w = x.shape

    def blur(a):
        p = symmetric(a, 5)
        return sum(window[u, v] * p[u : u + h, v : v + w] for u in range(11) for v in range(11))

    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))


def local_variance(x):
    p = symmetric(x, 2)
    h, w = x.shape
    windows = np.stack([p[u : u + h, v : v + w] for u in range(5) for v in range(5)])
    return windows.var(axis=0)


def content_ratio(x, e, inner, ring):
    n, h, w, c = x.shape
    v = np.stack([np.stack([local_variance(x[i, :, :, k]) for k in range(c)], -1) for i in range(n)])
    inside, around = v[:, inner], v[:, ring]
    if inside.size == 0 or around.size == 0:
        return None, None
    edges = np.quantile(inside, np.arange(1, 10) / 10)
    mean = np.array([np.mean(e[:, inner][np.searchsorted(edges, inside) == k]) for k in range(10)])
    expected = mean[np.searchsorted(edges, around)]
    return ratio(e[:, ring].reshape(n, -1).sum(1), expected.reshape(n, -1).sum(1))


def profile(r):
    n, h, w, c = r.shape
    out = {name: [] for name in SIDES + ["top_left", "top_right", "bottom_left", "bottom_right"]}
    for d in range((min(h, w) - 1) // 2 + 1):
        for name, taken in out.items():
            values = []
            for i, j in itertools.product(range(h), range(w)):
                away = {"top": i, "bottom": h - 1 - i, "left": j, "right": w - 1 - j}
                if all(away[s] == d for s in name.split("_")) and min(away.values()) == d:
                    values.append(r[:, i, j])
            values = np.stack(values)
            mse, bias = np.mean(values**2), np.mean(values)
            taken.append({"distance": d, "rmse": math.sqrt(mse), "bias": float(bias), "bias_share": null(bias**2 / mse) if mse else None})
    return out


def checkerboard(r, box, stride):
    whole, out = math.lcm(*stride), {}
    for p in range(2, whole + 1):
        if whole % p:
            continue
        if box is None or len(r) < 2:
            out[str(p)] = {"amplitude": None, "floor": None}
            continue
        a, b = math.gcd(p, stride[0]), math.gcd(p, stride[1])
        inner = r[:, box[0][0] : box[0][-1] + 1, box[1][0] : box[1][-1] + 1]
        d = np.stack([[inner[:, u::a, v::b].mean((1, 2)) for v in range(b)] for u in range(a)])  # [a, b, n, c]
        d = d - d.mean((0, 1))
        noise = np.mean(d.var(axis=2, ddof=1)) / len(r)
        square = np.mean(d.mean(axis=2) ** 2) - noise
        out[str(p)] = {"amplitude": math.sqrt(max(0, square)), "floor": math.sqrt(noise)}
    return out


def harmonics(r, box, stride):
    if box is None or stride == [1, 1]:
        return None, None
    n = [len(b) for b in box]
    inner = r[:, box[0][0] : box[0][-1] + 1, box[1][0] : box[1][-1] + 1]
    hann = [np.sin(np.pi * (np.arange(m) + 0.5) / m) ** 2 for m in n]
    power = np.abs(np.fft.fft2(inner * np.outer(*hann)[None, :, :, None], axes=(1, 2))) ** 2
    lattice = [(u, v) for u in range(0, n[0], n[0] // stride[0]) for v in range(0, n[1], n[1] // stride[1])]

    def apart(p, q):
        return max(min((p[k] - q[k]) % n[k], (q[k] - p[k]) % n[k]) for k in (0, 1))

    bins = list(itertools.product(range(n[0]), range(n[1])))
    clear = [b for b in bins if all(apart(b, h) >= 2 for h in lattice)]
    peak, beside = np.zeros(len(r)), np.zeros(len(r))
    for h in lattice:
        if h == (0, 0):
            continue
        near = [b for b in clear if 3 <= apart(b, h) <= 6]
        if not near:
            return None, None
        peak += power[:, h[0], h[1]].mean(-1)
        beside += np.mean([power[:, u, v].mean(-1) for u, v in near], axis=0)
    return ratio(peak, beside)


def phases(x, y, box, stride):
    """Gain spread, phase MSE ratio and its standard error."""
    if box is None:
        return None, None, None
    slopes, errors = [], []
    for a in range(stride[0]):
        for b in range(stride[1]):
            at = np.ix_(range(len(x)), box[0][a :: stride[0]], box[1][b :: stride[1]])
            slopes.append(np.polyfit(x[at].ravel(), y[at].ravel(), 1)[0] if np.ptp(x[at]) else np.nan)
            errors.append(((y[at] - x[at]) ** 2).reshape(len(x), -1).mean(1))
    total = [e.sum() for e in errors]
    value, se = ratio(errors[int(np.argmax(total))], errors[int(np.argmin(total))])
    return np.std(slopes) / np.mean(slopes), value, se


def seam(r, box, stride):
    if box is None:
        return None, None
    faces, others = [], []
    for axis in (0, 1):
        for i in box[axis][1:]:
            a, b = (r[:, i, box[1]], r[:, i - 1, box[1]]) if axis == 0 else (r[:, box[0], i], r[:, box[0], i - 1])
            (others if i % stride[axis] else faces).append(((a - b) ** 2).reshape(len(r), -1))
    if not faces or not others:
        return None, None
    return ratio(np.concatenate(faces, 1).mean(1), np.concatenate(others, 1).mean(1))


def figures(x, y, depth, ring, stride):
    x, y = x.astype(np.float64), y.astype(np.float64)
    n, h, w, c = x.shape
    r = y - x
    e = r * r
    box, inner, rim, strips, corners = masks(h, w, depth, ring, stride)
    every = np.ones((h, w), bool)
    similar = np.stack([np.stack([ssim_map(x[i, :, :, k], y[i, :, :, k]) for k in range(c)], -1) for i in range(n)])

    def regions(f):
        return {k: null(f(m)) if m.any() else None for k, m in (("all", every), ("interior", inner), ("ring", rim))}

    def mean_error(mask):
        return e[:, mask].reshape(n, -1).mean(1) if mask.any() else np.full(n, np.nan)

    def logs(a, b):
        value, se = ratio(mean_error(a), mean_error(b))
        return (None, None) if not value else (math.log(value), None if se is None else se / value)

    def pair(v):
        return {"value": null(v[0]), "se": null(v[1])}

    border = ratio(mean_error(rim), mean_error(inner))
    edge = strips["top"] | strips["bottom"] | strips["left"] | strips["right"]
    left_right, top_bottom = logs(strips["left"], strips["right"]), logs(strips["top"], strips["bottom"])
    corner = ratio(mean_error(corners), mean_error(edge))
    peak, spread, tiles = harmonics(r, box, stride), phases(x, y, box, stride), seam(r, box, stride)
    return {
        "mse": regions(lambda m: e[:, m].mean()),
        "psnr": regions(lambda m: 10 * math.log10(1 / e[:, m].mean())),
        "ssim": regions(lambda m: similar[:, m].mean()),
        "border_interior_ratio": pair(border),
        "content_standardised_ratio": pair(content_ratio(x, e, inner, rim)),
        "asymmetry": {"left_right": null(left_right[0]), "left_right_se": null(left_right[1]), "top_bottom": null(top_bottom[0]),
                      "top_bottom_se": null(top_bottom[1]), "corner": null(corner[0]), "corner_se": null(corner[1])},
        "edge_profile": profile(r),
        "checkerboard": checkerboard(r, box, stride),
        "harmonic_peak_ratio": null(peak[0]), "harmonic_peak_ratio_se": null(peak[1]),
        "phase_gain_spread": null(spread[0]),
        "phase_mse_ratio": null(spread[1]), "phase_mse_ratio_se": null(spread[2]),
        "seam_ratio": null(tiles[0]), "seam_ratio_se": null(tiles[1]),
    }


def pictures(rng, n, h, w, c):
    """Smooth shapes with some grain, and flat parts in 8 bits; reconstructions blurred, darker at the border, with phases."""
    i, j = np.mgrid[:h, :w]
    x = np.empty((n, h, w, c))
    for k in range(n):
        for q in range(c):
            a, b, f = rng.uniform(0.1, 0.9, 3)
            x[k, :, :, q] = 0.5 + 0.3 * np.sin(a * i + f) * np.cos(b * j - q) + 0.1 * rng.standard_normal((h, w)) * (i > h * f / 2)
    x = np.round(np.clip(x, 0, 1) * 255) / 255
    y = 0.9 * x + 0.03 + 0.04 * rng.standard_normal(x.shape)
    y += 0.02 * ((i + j) % 2)[None, :, :, None] + 0.03 * ((i % 4 == 0) * x.mean((0, 3)))[None, :, :, None]
    y[:, :2] -= 0.05
    y[:, :, -1:] += 0.04
    return x.astype(np.float32), y.astype(np.float32)


CASES = [  # n, h, w, c, stride, depth, ring
    (4, 13, 17, 1, [1, 1], [2, 1, 0, 3], None),
    (5, 15, 20, 1, [2, 2], [1, 2, 3, 0], None),
    (3, 19, 14, 3, [2, 2], [3, 2, 1, 1], [1, 2, 1, 0]),
    (3, 21, 17, 1, [3, 3], [2, 4, 0, 1], None),
    (6, 27, 29, 1, [4, 4], [3, 4, 3, 4], [1, 2, 1, 3]),
    (3, 24, 22, 3, [4, 4], [0, 0, 0, 0], None),
    (3, 40, 35, 1, [8, 8], [7, 8, 1, 2], None),
    (2, 48, 26, 1, [8, 2], [5, 8, 2, 2], [2, 3, 0, 0]),
    (4, 16, 16, 1, [8, 8], [7, 8, 7, 8], None),
    (1, 12, 11, 3, [2, 2], [2, 2, 2, 2], None),
    (3, 9, 4, 1, [1, 3], [6, 5, 2, 3], None),
    (2, 1, 7, 1, [1, 1], [0, 0, 1, 1], None),
]


def main():
    rng = np.random.default_rng(20)
    store = Store(f"numpy {np.__version__}")
    for n, h, w, c, stride, depth, ring in CASES:
        x, y = pictures(rng, n, h, w, c)
        ring = ring or depth
        about = {"stride": stride, "depth": depth, "ring": ring, "figures": figures(x, y, depth, ring, stride)}
        if c > 1:
            about["channels"] = [figures(x[..., k : k + 1], y[..., k : k + 1], depth, ring, stride) for k in range(c)]
        store.add("pictures", about, x=x, y=y)
    store.write("artifacts.safetensors")


if __name__ == "__main__":
    main()
