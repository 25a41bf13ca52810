"""What both generators share: the cases' file, seeded numbers, and the words of model files."""
import json
import struct

import numpy as np


class Store:
    """Tensors and cases of one file. Written byte-deterministically."""

    def __init__(self, made_by):
        self.tensors, self.metadata, self.count = {}, {"made_by": made_by}, 0

    def tensor(self, name, value):
        self.tensors[name] = np.ascontiguousarray(value, dtype="<f4")

    def add(self, kind, about, **groups):
        """groups: an array, or a dict of arrays by weight name."""
        i = self.count
        self.count += 1
        self.metadata[f"{kind}.{i}"] = json.dumps(about, separators=(",", ":"))
        for name, value in groups.items():
            if isinstance(value, dict):
                for k, v in value.items():
                    self.tensor(f"{i}/{name}/{k}", v)
            elif value is not None:
                self.tensor(f"{i}/{name}", value)

    def write(self, path):
        head, at, blobs = {"__metadata__": self.metadata}, 0, []
        for name, value in self.tensors.items():
            data = value.tobytes()
            head[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + len(data)]}
            at += len(data)
            blobs.append(data)
        text = json.dumps(head, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
        print(path, self.count, "cases", at + len(text), "bytes")


class Numbers:
    """Seeded float32 values that are exact multiples of 1/256, so that files stay small and sums are benign."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def array(self, *shape, scale=1.0):
        return (np.round(self.rng.uniform(-1, 1, shape) * 256) / 256 * scale).astype(np.float32)

    def unit(self, *shape):
        return (np.round(self.rng.uniform(0.02, 0.98, shape) * 256) / 256).astype(np.float32)

    def pick(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))


def model(shape, layers, dialect):
    text = {"name": "case", "input": {"shape": list(shape)}, "layers": layers}
    if dialect != "keras":
        text["dialect"] = dialect
    return text


ACTIVATIONS = ["relu", "relu6", "selu", "silu", "mish", "softplus", "softsign", "sigmoid", "tanh",
               {"type": "leaky_relu", "negative_slope": 0.1}, {"type": "elu", "alpha": 0.5}, {"type": "elu", "alpha": 1.0},
               {"type": "gelu", "approximate": False}, {"type": "gelu", "approximate": True}]

# Optimizers by the words of a config; each dialect's generator builds the real one from the same words.
OPTIMIZERS = [
    {"type": "sgd", "learning_rate": 0.1},
    {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    {"type": "adam", "learning_rate": 0.01},
    {"type": "adam", "learning_rate": 0.01, "amsgrad": True, "beta_2": 0.9},
    {"type": "adamw", "learning_rate": 0.01, "weight_decay": 0.05},
    {"type": "rmsprop", "learning_rate": 0.003},
    {"type": "rmsprop", "learning_rate": 0.003, "momentum": 0.5, "centered": True},
    {"type": "adam", "learning_rate": 0.01, "global_clipnorm": 0.05},
    {"type": "sgd", "learning_rate": 0.2, "clipvalue": 0.002},
    {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01},
]
