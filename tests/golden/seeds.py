"""What both seed generators share: the file of cases, digests, seeds.

A file has one block per case: `model <rng> <constructed_first 0|1> <model as JSON>` and then one line per seed: the seed, the first four
values' bits and the first 16 hex digits of SHA-256 over all weights, in the project's order and layouts. $SEED in a model stands
for the seed; the run's own is then 0."""
import hashlib
import json

import numpy as np

SEEDS = [0, 1, 2, 3, 7, 42, 123, 1234, 65535, 65536, 1000003, 123456789, 2**24 + 1, 2**31 - 2, 2**31 - 1, 2**31, 3735928559, 2**32 - 2,
         2**32 - 1]


def model(shape, *layers):
    return {"input": {"shape": list(shape)}, "layers": [{**layer, "name": f"L{i}"} for i, layer in enumerate(layers)]}


def conv(filters, kernel, **more):
    return {"type": "Conv2D", "filters": filters, "kernel_size": kernel, **more}


def up(filters, kernel, **more):
    return {"type": "Conv2DTranspose", "filters": filters, "kernel_size": kernel, **more}


def dense(units, **more):
    return {"type": "Dense", "units": units, **more}


class Cases:
    def __init__(self, path, made_by, rng):
        self.path, self.rng, self.lines, self.count = path, rng, [f"# {made_by}"], 0

    def add(self, spec, draw, seeds, constructed_first=False):
        """draw(seed) gives the weights in the project's order and layouts."""
        self.lines.append(f"model {self.rng} {int(constructed_first)} " + json.dumps(spec, separators=(",", ":")))
        for seed in seeds:
            weights = [np.ascontiguousarray(w, "<f4").reshape(-1) for w in draw(seed)]
            bits = np.concatenate(weights)[:4].view("<u4")
            digest = hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest()[:16]
            self.lines.append(f"{seed} {' '.join(f'{b:08x}' for b in bits)} {digest}")
            self.count += 1

    def write(self):
        with open(self.path, "w") as f:
            f.write("\n".join(self.lines) + "\n")
        print(self.path, self.count, "draws")
