#!/usr/bin/env python3
"""How far each layer's output and the gradients of one batch lie from float64's: this program and PyTorch, both in float32, on
the three reference models.

    python3 tests/bench/accuracy.py [BUILD] [MODEL ...]

Same initial weights and images; the truth is PyTorch in float64. An error is the norm of the difference over the norm of the
truth, per tensor; a tensor where this program is farther off than the better of PyTorch's two layouts is marked. Exits 1
where there is one. Where a ReLU's input rounds to the other side of 0, gradients jump: then the errors of the outputs before it
say more. Needs torch, numpy and safetensors.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build"), "selvage")
BATCH = {"fashion_ae": 128, "rgb64_ae": 64, "rgb128_ae": 32}
LOSS = {"fashion_ae": "bce"}


def layer(spec, x, kernel, bias):
    """One layer of a reference model on NCHW: Keras's "same" as explicit padding and cropping."""
    k, s = spec["kernel_size"], spec["strides"]
    if spec["type"] == "Conv2D":
        sides = []
        for n in (x.shape[3], x.shape[2]):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            sides += [total // 2, total - total // 2]
        y = F.conv2d(F.pad(x, sides), kernel.permute(3, 2, 0, 1), bias, s)
    else:
        h, w = x.shape[2] * s, x.shape[3] * s
        y = F.conv_transpose2d(x, kernel.permute(3, 2, 0, 1), bias, s)
        top, left = (y.shape[2] - h) // 2, (y.shape[3] - w) // 2
        y = y[:, :, top:top + h, left:left + w]
    return {"relu": torch.relu, "sigmoid": torch.sigmoid}[spec["activation"]](y)


def peer(model, weights, images, dtype, order):
    """Outputs by layer, gradients by weight name and that of the input, as float64 arrays in this program's layouts."""
    found = {}
    leaf = {n: torch.tensor(w, dtype=dtype, requires_grad=True) for n, w in weights.items()}
    x = torch.tensor(images, dtype=dtype).permute(0, 3, 1, 2).contiguous(memory_format=order).requires_grad_()
    y = x
    for spec in model["layers"]:
        y = layer(spec, y, leaf[spec["name"] + "/kernel"], leaf[spec["name"] + "/bias"])
        found[spec["name"]] = y.detach().permute(0, 2, 3, 1).double().numpy()
    t = x.detach()
    loss = F.binary_cross_entropy(y, t) if LOSS.get(model["name"]) == "bce" else F.mse_loss(y, t)
    loss.backward()
    found.update({n: w.grad.double().numpy() for n, w in leaf.items()})
    found["input"] = x.grad.permute(0, 2, 3, 1).double().numpy()
    return found


def ours(name, layers, folder, backend):
    """The same by `selvage predict` and `selvage gradients`."""
    config = os.path.join(folder, "config.json")
    with open(config, "w") as f:
        json.dump({"model": os.path.join(ROOT, "models", name + ".json"), "data": {"source": "synthetic"}, "backend": backend}, f)
    out = os.path.join(folder, backend + ".safetensors")
    loss = json.dumps({"type": LOSS.get(name, "mse"), **({"dialect": "torch"} if name in LOSS else {})})
    x = os.path.join(folder, "x.npy")
    subprocess.run([PROGRAM, "gradients", config, "--weights", os.path.join(folder, "w.safetensors"), "--input", x, "--target", x,
                    "--loss", loss, "--output", out], check=True, stdout=subprocess.DEVNULL)
    found = {n: g.astype(np.float64) for n, g in load_file(out).items()}
    for spec in layers:
        y = os.path.join(folder, "y.npy")
        subprocess.run([PROGRAM, "predict", config, "--weights", os.path.join(folder, "w.safetensors"), "--input", x, "--layer",
                        spec["name"], "--output", y], check=True, stdout=subprocess.DEVNULL)
        found[spec["name"]] = np.load(y).astype(np.float64)
    return found


def error(got, truth):
    return np.linalg.norm(got - truth) / np.linalg.norm(truth)


def measure(name):
    with open(os.path.join(ROOT, "models", name + ".json")) as f:
        model = json.load(f)
    worse = 0
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "w.safetensors")
        subprocess.run([PROGRAM, "init", os.path.join(ROOT, "models", name + ".json"), "--seed", "1", "--output", weights], check=True,
                       stdout=subprocess.DEVNULL)
        images = np.random.default_rng(0).random((BATCH[name], *model["input"]["shape"]), dtype=np.float32)
        np.save(os.path.join(folder, "x.npy"), images)
        w = load_file(weights)
        truth = peer(model, w, images, torch.float64, torch.contiguous_format)
        found = {"native": ours(name, model["layers"], folder, "native"),
                 "blas": ours(name, model["layers"], folder, "blas"),
                 "torch NCHW": peer(model, w, images, torch.float32, torch.contiguous_format),
                 "torch NHWC": peer(model, w, images, torch.float32, torch.channels_last)}
    print(f"\n{name}, batch {BATCH[name]}, torch {torch.__version__}: relative error against float64, in 1e-7")
    print(f"{'tensor':<14}" + "".join(f"{n:>12}" for n in found))
    for tensor in [*(spec["name"] for spec in model["layers"]), *w, "input", "gradient"]:
        names = list(w) if tensor == "gradient" else [tensor]
        flat = {n: np.concatenate([g[t].ravel() for t in names]) for n, g in [("truth", truth), *found.items()]}
        e = {n: error(flat[n], flat["truth"]) for n in found}
        bad = e["native"] > min(e["torch NCHW"], e["torch NHWC"])
        worse += bad
        print(f"{tensor:<14}" + "".join(f"{e[n] * 1e7:12.2f}" for n in found) + ("  worse" if bad else ""))
    return worse


sys.exit(1 if sum([measure(name) for name in sys.argv[2:] or BATCH]) else 0)
