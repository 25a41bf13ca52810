"""A training run of the real PyTorch, to be replayed from its seed alone: writes replay-images.gz (IDX) and replay.csv.

    python3 make_replay.py                                  the files of this folder, the model of replay.json
    python3 make_replay.py IMAGES.gz SEED STEPS > own.csv   the losses on other images of 28 x 28"""
import gzip
import struct
import sys

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)


def pictures(count=300, size=16):
    """Triangular waves of varied slopes, smooth enough to be packed."""
    n, i, j = np.meshgrid(np.arange(count), np.arange(size), np.arange(size), indexing="ij")
    wave = (9 * i * (1 + n % 3) + 7 * j * (1 + n // 3 % 4) + 37 * n) % 256
    return np.abs(2 * wave - 255).astype(np.uint8)


def run(images, seed, steps):
    """The script of a user who seeds once: build, load in batches of 32, Adam; the loss of every step."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 8, 3, 2, 1, 1),
                        nn.ReLU(), nn.ConvTranspose2d(8, 1, 3, 2, 1, 1), nn.Sigmoid())
    data = DataLoader(TensorDataset(torch.from_numpy(images)[:, None].float() / 255), batch_size=32, shuffle=True)
    optimizer, criterion, losses = torch.optim.Adam(net.parameters()), nn.MSELoss(), []
    while True:
        for (x,) in data:
            if len(losses) == steps:
                return losses
            optimizer.zero_grad()
            loss = criterion(net(x), x)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())


def write(losses, out):
    print("step,loss", file=out)
    for step, loss in enumerate(losses, 1):
        print(f"{step},{loss:.9g}", file=out)


if len(sys.argv) > 1:
    with gzip.open(sys.argv[1]) as f:
        write(run(np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28).copy(), int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
else:
    images = pictures()
    with open("replay-images.gz", "wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as f:
        f.write(struct.pack(">IIII", 0x803, *images.shape) + images.tobytes())
    with open("replay.csv", "w") as f:
        write(run(images, 7, 200), f)
