"""Initial weights from the real PyTorch (CPU, x86-64 with AVX2). Writes seeds_torch.txt."""
import math

import torch
from seeds import SEEDS, Cases, conv, dense, model, up
from torch import nn

ALL = SEEDS + [-1, -2, -(2**31), -(2**63), 2**32, 2**63, 2**64 - 1]
FEW = [0, 42, 2**31 - 1, 2**32 - 1, -1]
cases = Cases("seeds_torch.txt", f"PyTorch {torch.__version__}", "torch")


def keras(w):
    w = w.detach().numpy()
    return w.transpose(2, 3, 1, 0) if w.ndim == 4 else w.T


def modules(build):
    """The weights of modules, each weight before its bias."""
    def draw(seed):
        torch.manual_seed(seed)
        return [keras(p) for m in build() for p in (m.weight, m.bias) if p is not None]
    return draw


def tensors(*fills):
    """Tensors (shape in PyTorch's layout, function) filled one after another."""
    def draw(seed):
        torch.manual_seed(seed)
        return [keras(f(torch.empty(shape))) for shape, f in fills]
    return draw


def single(initializer, shape, fill, seeds=ALL, layer="Conv2D"):
    """One kernel of PyTorch's shape, without bias; drawn from the run's seed and from the initializer's own."""
    if layer == "Dense":
        make, input_shape = lambda k: dense(shape[0], use_bias=False, kernel_initializer=k), (shape[1],)
    elif layer == "Conv2D":
        make, input_shape = lambda k: conv(shape[0], list(shape[2:]), use_bias=False, kernel_initializer=k), (16, 16, shape[1])
    else:
        make, input_shape = lambda k: up(shape[1], list(shape[2:]), use_bias=False, kernel_initializer=k), (16, 16, shape[0])
    cases.add(model(input_shape, make(initializer)), tensors((shape, fill)), seeds)
    if initializer["type"] in ("eye", "dirac"):
        return
    own = [s for s in seeds if -(2**53) < s < 2**53][:3] + [-7]
    cases.add(model(input_shape, make({**initializer, "seed": "$SEED"})), tensors((shape, fill)), own)


I = nn.init
W = (16, 8, 3, 3)
# Layers' defaults.
cases.add(model((28, 28, 1), conv(16, 3, strides=2, padding=1), conv(8, 3, strides=2, padding=1), {"type": "BatchNormalization"},
                up(16, 3, strides=2, padding=1, output_padding=1), up(1, 3, strides=2, padding=1, output_padding=1), {"type": "Flatten"},
                {"type": "Dropout", "rate": 0.5}, dense(4)),
          lambda seed: (lambda w: w[:4] + [torch.ones(8), torch.zeros(8), torch.zeros(8), torch.ones(8)] + w[4:])(modules(
              lambda: [nn.Conv2d(1, 16, 3, 2, 1), nn.Conv2d(16, 8, 3, 2, 1), nn.ConvTranspose2d(8, 16, 3, 2, 1, 1),
                       nn.ConvTranspose2d(16, 1, 3, 2, 1, 1), nn.Linear(784, 4)])(seed)), ALL)
cases.add(model((16, 16, 4), conv(6, [2, 3], groups=2), up(4, [5, 2], groups=2, strides=2), conv(3, 1, use_bias=False)),
          modules(lambda: [nn.Conv2d(4, 6, (2, 3), groups=2), nn.ConvTranspose2d(6, 4, (5, 2), 2, groups=2), nn.Conv2d(4, 3, 1, bias=False)]),
          ALL)
cases.add(model((3,), dense(2), dense(5), dense(1)), modules(lambda: [nn.Linear(3, 2), nn.Linear(2, 5), nn.Linear(5, 1)]), ALL)
cases.add(model((64,), dense(512), dense(300)), modules(lambda: [nn.Linear(64, 512), nn.Linear(512, 300)]), FEW)

# Initializers.
single({"type": "xavier_uniform"}, W, I.xavier_uniform_)
single({"type": "xavier_uniform", "gain": 1.3}, W, lambda w: I.xavier_uniform_(w, 1.3), FEW, "Conv2DTranspose")
single({"type": "xavier_normal"}, W, I.xavier_normal_)
single({"type": "xavier_normal", "gain": 0.1}, (5, 3), lambda w: I.xavier_normal_(w, 0.1), FEW, "Dense")
single({"type": "kaiming_uniform"}, W, I.kaiming_uniform_)
single({"type": "kaiming_uniform", "a": 2.23606797749979}, (7, 5, 2, 2), lambda w: I.kaiming_uniform_(w, math.sqrt(5)), FEW)
single({"type": "kaiming_normal"}, W, I.kaiming_normal_)
for mode in ("fan_in", "fan_out"):
    for f in ("leaky_relu", "relu", "linear", "sigmoid", "tanh", "selu"):
        spec = {"mode": mode, "nonlinearity": f, "a": 0.3}
        single({"type": "kaiming_uniform", **spec}, W, lambda w: I.kaiming_uniform_(w, 0.3, mode, f), FEW[:3])
        single({"type": "kaiming_normal", **spec}, W, lambda w: I.kaiming_normal_(w, 0.3, mode, f), FEW[:3], "Conv2DTranspose")
single({"type": "uniform"}, W, I.uniform_)
single({"type": "uniform", "minval": -0.37, "maxval": 0.11}, W, lambda w: I.uniform_(w, -0.37, 0.11))
single({"type": "normal"}, W, I.normal_)
single({"type": "normal", "mean": 0.1, "stddev": 0.02}, W, lambda w: I.normal_(w, 0.1, 0.02))
for n in (1, 2, 7, 15, 16, 17, 31, 33):
    single({"type": "normal", "mean": 0.1, "stddev": 0.02}, (n, 1), lambda w: I.normal_(w, 0.1, 0.02), ALL if n in (15, 17) else FEW, "Dense")
single({"type": "trunc_normal"}, W, I.trunc_normal_)
single({"type": "trunc_normal", "mean": 0.1, "stddev": 0.02, "a": 0.09, "b": 0.13}, W, lambda w: I.trunc_normal_(w, 0.1, 0.02, 0.09, 0.13))
single({"type": "trunc_normal", "stddev": 0.7, "a": 0.5, "b": 0.9}, W, lambda w: I.trunc_normal_(w, 0.0, 0.7, 0.5, 0.9))
single({"type": "trunc_normal", "mean": -1, "stddev": 0.3, "a": -0.2, "b": 3}, (3, 4), lambda w: I.trunc_normal_(w, -1, 0.3, -0.2, 3), FEW, "Dense")
single({"type": "sparse", "sparsity": 0.3}, (21, 10), lambda w: I.sparse_(w, 0.3), FEW, "Dense")
single({"type": "eye"}, (4, 6), I.eye_, FEW[:1], "Dense")
single({"type": "dirac"}, (6, 4, 3, 2), I.dirac_, FEW[:1])
single({"type": "dirac", "groups": 2}, (6, 4, 3, 2), lambda w: I.dirac_(w, 2), FEW[:1], "Conv2DTranspose")


def icnr(shape, r):
    base = I.kaiming_normal_(torch.empty(shape[0] // r**2, *shape[1:]))
    return base.repeat_interleave(r**2, 0)


cases.add(model((8, 8, 3), conv(12, 3, use_bias=False, kernel_initializer={"type": "icnr", "initializer": "kaiming_normal", "upscale_factor": 2})),
          lambda seed: (torch.manual_seed(seed), [keras(icnr((12, 3, 3, 3), 2))])[1], FEW)

# Several in a row: the pair of a small normal is kept for the next small one, over other draws in between.
small = {"kernel_initializer": {"type": "normal", "stddev": 0.3}, "bias_initializer": {"type": "normal", "mean": 1, "stddev": 0.1}}
cases.add(model((2,), dense(3, **small), dense(40, **small), dense(3, **small)),
          tensors(((3, 2), lambda w: I.normal_(w, 0, 0.3)), ((3,), lambda w: I.normal_(w, 1, 0.1)), ((40, 3), lambda w: I.normal_(w, 0, 0.3)),
                  ((40,), lambda w: I.normal_(w, 1, 0.1)), ((3, 40), lambda w: I.normal_(w, 0, 0.3)), ((3,), lambda w: I.normal_(w, 1, 0.1))), FEW)


def constructed(seed):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(2, 5, 3), nn.ConvTranspose2d(5, 4, 2, 2), nn.Conv2d(4, 2, 3))
    I.xavier_normal_(net[0].weight)
    I.zeros_(net[0].bias)
    I.kaiming_normal_(net[2].weight, nonlinearity="relu")
    return [keras(p) for p in net.parameters()]


cases.add(model((9, 9, 2), conv(5, 3, kernel_initializer="xavier_normal", bias_initializer="zeros"), up(4, 2, strides=2),
                conv(2, 3, kernel_initializer={"type": "kaiming_normal", "nonlinearity": "relu"})), constructed, ALL, constructed_first=True)
cases.write()
