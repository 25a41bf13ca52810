"""One of the three reference models in PyTorch at its best plain settings; prints one line of JSON.

    python3 torch_peer.py fm|rgb|big nchw|nhwc[,compile][,forward] THREADS STEPS

Batches are sliced before the clock starts; the caller binds threads and preloads jemalloc (compare.py does both).
"""
import json
import resource
import sys
import time

import torch
from torch import nn

from models import MODELS

name, options, threads, steps = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(0)


def mirror(channels, kernel, same):
    """Conv2d down, ConvTranspose2d up again, stride 2, ReLU between, sigmoid at the end."""
    layers = []
    for a, b in zip(channels, channels[1:]):
        layers += [nn.Conv2d(a, b, kernel, 2, 1), nn.ReLU()]
    back = channels[::-1]
    for a, b in zip(back, back[1:]):
        layers += [nn.ConvTranspose2d(a, b, kernel, 2, 1, output_padding=same), nn.ReLU()]
    return nn.Sequential(*layers[:-1], nn.Sigmoid())


side, channels, kernel, same, batch, loss = MODELS[name]
loss = nn.BCELoss() if loss == "bce" else nn.MSELoss()
order = torch.channels_last if "nhwc" in options else torch.contiguous_format
net = mirror(channels, kernel, same).to(memory_format=order)
batches = [torch.rand(batch, channels[0], side, side).contiguous(memory_format=order) for _ in range(8)]
optimizer = torch.optim.Adam(net.parameters(), 1e-3)


forward = torch.compile(net) if "compile" in options else net


def train(x):
    optimizer.zero_grad(set_to_none=True)
    value = loss(forward(x), x)
    value.backward()
    optimizer.step()


def infer(x):
    with torch.inference_mode():
        forward(x)


def step(i):
    (infer if "forward" in options else train)(batches[i % len(batches)])


for i in range(5):
    step(i)
times = []
for i in range(steps):
    start = time.perf_counter()
    step(i)
    times.append(time.perf_counter() - start)
times.sort()
print(json.dumps({"images_per_second": batch / times[len(times) // 2], "torch": torch.__version__,
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
