"""One of the three reference models in PyTorch at its best plain settings; prints one line of JSON.

    python3 torch_peer.py fm|rgb|big nchw|nhwc THREADS STEPS

Batches are sliced before the clock starts; the caller binds threads and preloads jemalloc (compare.py does both).
"""
import json
import resource
import sys
import time

import torch
from torch import nn

name, layout, threads, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
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


side, channels, kernel, same, batch, loss = {
    "fm": (28, (1, 32, 64), 3, 1, 128, nn.BCELoss()),
    "rgb": (64, (3, 32, 64, 128), 3, 1, 64, nn.MSELoss()),
    "big": (128, (3, 64, 128, 256), 4, 0, 32, nn.MSELoss()),
}[name]
order = torch.channels_last if layout == "nhwc" else torch.contiguous_format
net = mirror(channels, kernel, same).to(memory_format=order)
batches = [torch.rand(batch, channels[0], side, side).contiguous(memory_format=order) for _ in range(8)]
optimizer = torch.optim.Adam(net.parameters(), 1e-3)


def step(i):
    x = batches[i % len(batches)]
    optimizer.zero_grad(set_to_none=True)
    value = loss(net(x), x)
    value.backward()
    optimizer.step()


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
