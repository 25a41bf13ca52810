"""One layer at a time against PyTorch (oneDNN), forty shapes: forward, the gradients of input and weights, an SGD step.

    python3 layers.py BUILD_FOLDER [ROUNDS]
    python3 layers.py peer SHAPE      (what it runs for PyTorch)

Printed are the medians over rounds of a step's milliseconds, PyTorch at the better of its two layouts, and the geometric mean of the ratios.
"""
import json
import math
import os
import sys
import tempfile
import time

#           kind  side  in   out  k  s  d  groups batch
SHAPES = """conv  28    1    16   3  1  1  1      256
            conv  28    1    32   5  2  1  1      128
            conv  512   1    16   3  2  1  1      1
            conv  512   3    8    3  1  1  1      1
            conv  256   3    24   7  4  1  1      4
            conv  224   3    48   7  2  1  1      8
            conv  64    3    32   4  2  1  1      64
            conv  32    5    17   3  1  1  1      64
            conv  32    17   17   5  1  1  1      32
            conv  64    17   24   3  2  1  1      16
            conv  32    24   48   3  1  1  1      32
            conv  16    48   100  3  1  1  1      64
            conv  56    100  100  3  1  1  1      4
            conv  16    256  256  3  1  1  1      8
            conv  8     256  256  3  2  1  1      64
            conv  4     256  256  1  1  1  1      256
            conv  32    100  256  1  1  1  1      16
            conv  64    48   48   1  1  1  1      16
            conv  64    24   24   2  2  1  1      64
            conv  16    48   48   6  3  1  1      64
            conv  64    48   48   3  1  2  1      8
            conv  32    100  48   3  1  4  1      16
            conv  32    24   24   3  1  1  24     64
            conv  64    100  100  3  2  1  100    16
            conv  16    256  256  5  1  1  256    32
            conv  32    48   48   3  1  1  4      32
            conv  32    256  256  3  1  1  8      8
            conv  32    24   48   3  1  1  12     32
            up    14    32   1    3  2  1  1      256
            up    32    48   3    4  2  1  1      64
            up    128   24   3    3  2  1  1      4
            up    256   17   1    5  1  1  1      2
            up    4     256  100  4  4  1  1      128
            up    7     100  48   3  2  1  1      128
            up    8     256  256  2  2  1  1      32
            up    16    256  100  3  2  1  1      16
            up    32    48   48   7  3  1  1      8
            up    16    48   24   3  1  1  1      64
            up    16    48   48   4  2  1  48     32
            up    16    100  100  3  2  1  4      16"""
KEYS = ("kind", "side", "in", "out", "kernel", "stride", "dilation", "groups", "batch")


def shapes():
    for line in SHAPES.splitlines():
        words = line.split()
        yield dict(zip(KEYS, [words[0]] + [int(w) for w in words[1:]]))


def peer(s):
    import torch

    torch.set_num_threads(2)
    torch.manual_seed(0)
    best = math.inf
    for order in (torch.contiguous_format, torch.channels_last):
        pad = s["dilation"] * (s["kernel"] - 1) // 2
        kind = torch.nn.Conv2d if s["kind"] == "conv" else torch.nn.ConvTranspose2d
        layer = kind(s["in"], s["out"], s["kernel"], s["stride"], pad, dilation=s["dilation"], groups=s["groups"])
        layer = layer.to(memory_format=order)
        x = torch.rand(s["batch"], s["in"], s["side"], s["side"]).contiguous(memory_format=order).requires_grad_()
        target = torch.rand(layer(x).shape).contiguous(memory_format=order)
        optimizer = torch.optim.SGD(layer.parameters(), 1e-3)
        times = []
        for i in range(1000):
            start = time.perf_counter()
            x.grad = None
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.mse_loss(layer(x), target).backward()
            optimizer.step()
            times.append(time.perf_counter() - start)
            if i >= 9 and sum(times) > 0.4:
                break
        best = min(best, sorted(times[3:])[len(times[3:]) // 2])
    print(json.dumps({"ms": 1e3 * best}))


def write_config(s, folder):
    import numpy

    random = numpy.random.default_rng(0)
    pad = s["dilation"] * (s["kernel"] - 1) // 2
    span = s["dilation"] * (s["kernel"] - 1) + 1
    if s["kind"] == "conv":
        out = (s["side"] + 2 * pad - span) // s["stride"] + 1
    else:
        out = (s["side"] - 1) * s["stride"] + span - 2 * pad
    numpy.save(f"{folder}/x.npy", random.random((s["batch"], s["side"], s["side"], s["in"]), dtype=numpy.float32))
    numpy.save(f"{folder}/t.npy", random.random((s["batch"], out, out, s["out"]), dtype=numpy.float32))
    layer = {"type": "Conv2D" if s["kind"] == "conv" else "Conv2DTranspose", "name": "layer", "filters": s["out"],
             "kernel_size": s["kernel"], "strides": s["stride"], "padding": pad, "groups": s["groups"]}
    if s["dilation"] > 1:
        layer["dilation_rate"] = s["dilation"]
    config = {"model": {"name": "layer", "input": {"shape": [s["side"], s["side"], s["in"]]}, "layers": [layer]}, "seed": 1,
              "data": {"source": "npy", "path": "x.npy", "target": {"source": "npy", "path": "t.npy"}, "shuffle": False},
              "loss": "mse", "optimizer": {"type": "sgd", "learning_rate": 0.001}, "batch_size": s["batch"], "epochs": 1,
              "backend": "native"}
    with open(f"{folder}/config.json", "w", encoding="utf-8") as f:
        json.dump(config, f)


def main():
    from peers import measure, median, python, selvage

    build, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"ms of a step, medians of {count}, two threads")
    print(f"{'layer':8}{'side':>5}{'in':>5}{'out':>5}{'k':>3}{'s':>3}{'d':>3}{'groups':>7}{'batch':>6}{'PyTorch':>10}{'selvage':>10}{'ratio':>7}")
    ratios = []
    for s in shapes():
        with tempfile.TemporaryDirectory() as folder:
            write_config(s, folder)
            ours, theirs = [], []
            for _ in range(count):
                ours.append(measure(selvage(build, f"{folder}/config.json", "--input-gradient", "--steps", "30"), False))
                theirs.append(measure(python("layers.py", "peer", json.dumps(s)), True))
        own, other = 1e3 * median(ours, "step_seconds"), median(theirs, "ms")
        ratios.append(other / own)
        print(f"{s['kind']:8}{s['side']:5}{s['in']:5}{s['out']:5}{s['kernel']:3}{s['stride']:3}{s['dilation']:3}{s['groups']:7}"
              f"{s['batch']:6}{other:10.3f}{own:10.3f}{ratios[-1]:7.2f}", flush=True)
    mean = math.exp(sum(math.log(r) for r in ratios) / len(ratios))
    print(f"geometric mean {mean:.2f}, worst {min(ratios):.2f}")


if sys.argv[1] == "peer":
    peer(json.loads(sys.argv[2]))
else:
    main()
