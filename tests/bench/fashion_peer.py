"""Fashion-MNIST, the model and settings of configs/fashion.json, in PyTorch or Keras: prints the mean test MSE of a seed.

    python3 fashion_peer.py torch|keras SEED [EPOCHS]

Both start from glorot_uniform kernels and zero biases, train with Adam (rate 1e-3) on MSE in batches of 128, shuffled.
"""
import gzip
import json
import os
import sys

import numpy as np

FOLDER = "/usr/share/datasets/fashion-mnist"
BATCH, RATE = 128, 1e-3


def images(name):
    with gzip.open(f"{FOLDER}/{name}-images-idx3-ubyte.gz") as f:
        return np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1).astype(np.float32) / 255


def with_torch(seed, epochs):
    import torch
    from torch import nn

    torch.set_num_threads(2)
    torch.manual_seed(seed)

    class Crop(nn.Module):
        """TensorFlow's `same` crops the last row and column of the full output."""

        def forward(self, x):
            return x[:, :, :-1, :-1]

    pad = lambda: nn.ZeroPad2d((0, 1, 0, 1))
    net = nn.Sequential(pad(), nn.Conv2d(1, 32, 3, 2), nn.ReLU(), pad(), nn.Conv2d(32, 64, 3, 2), nn.ReLU(),
                        nn.ConvTranspose2d(64, 32, 3, 2), Crop(), nn.ReLU(), nn.ConvTranspose2d(32, 1, 3, 2), Crop(), nn.Sigmoid())
    for m in net:
        if hasattr(m, "weight"):
            nn.init.xavier_uniform_(m.weight)
            nn.init.zeros_(m.bias)
    net = net.to(memory_format=torch.channels_last)
    x, t = (torch.from_numpy(images(n)).permute(0, 3, 1, 2) for n in ("train", "t10k"))
    optimizer = torch.optim.Adam(net.parameters(), RATE, eps=1e-7)
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for i in range(0, len(x), BATCH):
            b = x[order[i:i + BATCH]]
            optimizer.zero_grad()
            nn.functional.mse_loss(net(b), b).backward()
            optimizer.step()
    with torch.no_grad():
        return float(np.mean([nn.functional.mse_loss(net(b), b).item() for b in t.split(1000)]))


def with_keras(seed, epochs):
    os.environ.update(KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3")
    import keras

    keras.utils.set_random_seed(seed)
    L = keras.layers
    net = keras.Sequential([keras.Input((28, 28, 1)), L.Conv2D(32, 3, 2, "same", activation="relu"), L.Conv2D(64, 3, 2, "same", activation="relu"),
                            L.Conv2DTranspose(32, 3, 2, "same", activation="relu"), L.Conv2DTranspose(1, 3, 2, "same", activation="sigmoid")])
    net.compile(keras.optimizers.Adam(RATE), "mse")
    x, t = images("train"), images("t10k")
    net.fit(x, x, batch_size=BATCH, epochs=epochs, verbose=0)
    return float(np.mean((net.predict(t, batch_size=1000, verbose=0) - t) ** 2))


def main():
    seed, epochs = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 5
    print(json.dumps({"framework": sys.argv[1], "seed": seed, "test_mse": {"torch": with_torch, "keras": with_keras}[sys.argv[1]](seed, epochs)}))


main()
