"""Golden values from the real PyTorch (CPU). Writes torch_ops.safetensors and torch_traces.safetensors."""
import numpy as np
import torch
import torch.nn.functional as F
from golden import ACTIVATIONS, OPTIMIZERS, Numbers, Store, model
from torch import nn

torch.set_num_threads(1)
MADE_BY = f"PyTorch {torch.__version__}, CPU float32, 1 thread"


def nhwc(a):
    a = a.detach().numpy()
    return a.transpose(0, 2, 3, 1) if a.ndim == 4 else a


def nchw(a):
    return torch.from_numpy(np.ascontiguousarray(a.transpose(0, 3, 1, 2) if a.ndim == 4 else a))


NAMES = {"weight": "kernel", "bias": "bias", "running_mean": "moving_mean", "running_var": "moving_variance"}


def name_of(module, key):
    if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
        return {"weight": "gamma", "bias": "beta"}.get(key, NAMES.get(key))
    return NAMES.get(key)


def layout(module, key, value):
    """A tensor of a module in the project's layout: [kh,kw,in/g,out], [kh,kw,out/g,in], [in,out]."""
    value = value.detach().numpy()
    if key == "weight" and value.ndim == 4:
        return value.transpose(2, 3, 1, 0)
    return value.T if key == "weight" and isinstance(module, nn.Linear) else value


def state(module, prefix="L0"):
    return {f"{prefix}/{name_of(module, k)}": layout(module, k, v).copy() for k, v in module.state_dict().items() if name_of(module, k)}


def randomize(module, numbers, scale=1.0):
    with torch.no_grad():
        for key, p in module.state_dict().items():
            if not p.is_floating_point():
                continue
            value = torch.from_numpy(numbers.array(*p.shape, scale=scale))
            norm = isinstance(module, (nn.BatchNorm2d, nn.GroupNorm))
            p.copy_(value.abs() + 0.5 if key == "running_var" or (norm and key == "weight") else value)


def record(store, numbers, name, spec, module, shape, n=2, training=False, x=None):
    x = numbers.array(n, *shape) if x is None else x
    if isinstance(module, nn.Module):
        randomize(module, numbers)
        module.train(training)
    xt = nchw(x).requires_grad_()
    before = state(module) if isinstance(module, nn.Module) else {}
    y = module(xt)
    g = numbers.array(*nhwc(y).shape)
    (y * nchw(g)).sum().backward()
    dw, after = {}, {}
    if isinstance(module, nn.Module):
        dw = {f"L0/{name_of(module, k)}": layout(module, k, p.grad) for k, p in module.named_parameters()}
        after = {k: v for k, v in state(module).items() if "moving" in k} if training else {}
    store.add("case", {"name": name, "model": model(shape, [dict(spec, name="L0")], "torch"), "training": training},
              x=x, y=nhwc(y), g=g, dx=nhwc(xt.grad), w=before, dw=dw, after=after)


def attempt(store, *args, **kwargs):
    """False where the framework refuses the setting."""
    try:
        record(store, *args, **kwargs)
        return True
    except (RuntimeError, ValueError):
        return False


def conv_transpose(store, numbers, wanted):
    made = 0
    fixed = [((3, 3), (2, 2), (1, 1), (1, 1), (1, 1), 1), ((4, 4), (2, 2), (1, 1), (0, 0), (1, 1), 1),
             ((5, 5), (2, 2), (2, 2), (1, 1), (1, 1), 1), ((2, 2), (2, 2), (0, 0), (0, 0), (1, 1), 1),
             ((3, 3), (1, 1), (1, 1), (0, 0), (2, 2), 1), ((3, 2), (3, 3), (0, 1), (2, 0), (1, 1), 2)]
    while made < wanted:
        if fixed:
            k, s, p, op, d, groups = fixed.pop(0)
        else:
            k, s = (numbers.whole(1, 7), numbers.whole(1, 7)), (numbers.whole(1, 4), numbers.whole(1, 4))
            p, d = (numbers.whole(0, 3), numbers.whole(0, 3)), (numbers.whole(1, 3), numbers.whole(1, 3))
            op = tuple(numbers.whole(0, max(s[a], d[a]) - 1) for a in (0, 1))
            groups = numbers.pick(1, 1, 2, 3)
        cin, cout, hw = numbers.whole(1, 2) * groups, numbers.whole(1, 2) * groups, (numbers.whole(1, 5), numbers.whole(1, 5))
        full = [(hw[a] - 1) * s[a] - 2 * p[a] + (k[a] - 1) * d[a] + 1 + op[a] for a in (0, 1)]
        if min(full) < 1 or full[0] * full[1] > 400:
            continue
        spec = {"type": "Conv2DTranspose", "filters": cout, "kernel_size": list(k), "strides": list(s), "padding": list(p),
                "output_padding": list(op), "dilation_rate": list(d), "groups": groups}
        module = nn.ConvTranspose2d(cin, cout, k, s, p, op, groups, True, d)
        made += attempt(store, numbers, f"ct k{k} s{s} p{p} op{op} d{d} g{groups} {hw}", spec, module, (*hw, cin))


def conv(store, numbers, wanted):
    made = 0
    while made < wanted:
        k, s = (numbers.whole(1, 6), numbers.whole(1, 6)), (numbers.whole(1, 4), numbers.whole(1, 4))
        d, groups = (numbers.whole(1, 3), numbers.whole(1, 3)), numbers.pick(1, 1, 2, 3)
        p = "same" if s == (1, 1) and numbers.whole(0, 1) else (numbers.whole(0, 4), numbers.whole(0, 4))
        mode = numbers.pick("zeros", "zeros", "reflect", "replicate", "circular")
        cin, cout, hw = numbers.whole(1, 2) * groups, numbers.whole(1, 2) * groups, (numbers.whole(1, 9), numbers.whole(1, 9))
        spec = {"type": "Conv2D", "filters": cout, "kernel_size": list(k), "strides": list(s),
                "padding": p if p == "same" else list(p), "padding_mode": mode, "dilation_rate": list(d), "groups": groups}
        try:
            module = nn.Conv2d(cin, cout, k, s, p, d, groups, True, mode)
        except ValueError:
            continue
        if p == "same" and any((v - 1) * e % 2 for v, e in zip(k, d)):
            continue  # PyTorch puts the odd pixel of "same" after, as Keras does, but warns and copies: covered by Keras's cases
        made += attempt(store, numbers, f"cv k{k} s{s} p{p} {mode} d{d} g{groups} {hw}", spec, module, (*hw, cin))


def activation(spec):
    if isinstance(spec, str):
        return {"relu": F.relu, "relu6": F.relu6, "selu": F.selu, "silu": F.silu, "mish": F.mish, "softplus": F.softplus,
                "softsign": F.softsign, "sigmoid": torch.sigmoid, "tanh": torch.tanh}[spec]
    kind = spec["type"]
    if kind == "leaky_relu":
        return lambda x: F.leaky_relu(x, spec["negative_slope"])
    if kind == "elu":
        return lambda x: F.elu(x, spec["alpha"])
    return lambda x: F.gelu(x, approximate="tanh" if spec["approximate"] else "none")


def others(store, numbers):
    for a in ACTIVATIONS:
        x = np.concatenate([numbers.array(1, 4, 4, 2, scale=8), numbers.array(1, 4, 4, 2)])
        record(store, numbers, f"activation {a}", {"type": "Activation", "activation": a}, activation(a), (4, 4, 2), x=x)
    record(store, numbers, "dense", {"type": "Dense", "units": 5}, nn.Linear(7, 5), (7,))
    for pool, stride, pad, hw in [(2, 2, (0, 0), (5, 6)), (3, 2, (1, 1), (6, 7)), ((3, 2), (1, 2), (1, 0), (4, 5)), (4, 3, (2, 1), (7, 8))]:
        pair = lambda v: list(v) if isinstance(v, tuple) else v
        spec = {"pool_size": pair(pool), "strides": pair(stride), "padding": list(pad)}
        record(store, numbers, f"max {pool} {stride} {pad}", dict(spec, type="MaxPooling2D"), nn.MaxPool2d(pool, stride, pad), (*hw, 3))
        for count in (True, False):
            record(store, numbers, f"average {pool} {stride} {pad} {count}", dict(spec, type="AveragePooling2D", count_include_pad=count),
                   nn.AvgPool2d(pool, stride, pad, count_include_pad=count), (*hw, 3))
    for size in (2, (2, 3)):
        for how in ("nearest", "bilinear"):
            spec = {"type": "UpSampling2D", "size": list(size) if isinstance(size, tuple) else size, "interpolation": how}
            module = nn.Upsample(scale_factor=size, mode=how, **({"align_corners": False} if how == "bilinear" else {}))
            record(store, numbers, f"upsampling {size} {how}", spec, module, (3, 4, 2))
    for r in (2, 3):
        record(store, numbers, f"pixel shuffle {r}", {"type": "PixelShuffle", "upscale_factor": r}, nn.PixelShuffle(r), (3, 2, 2 * r * r))
    for mode, word in (("constant", "zeros"), ("reflect", "reflect"), ("replicate", "replicate"), ("circular", "circular")):
        spec = {"type": "ZeroPadding2D", "padding": [[1, 2], [0, 3]], "padding_mode": word}
        record(store, numbers, f"padding {word}", spec, lambda x, mode=mode: F.pad(x, (0, 3, 1, 2), mode=mode), (4, 5, 2))
    for training in (False, True):
        for extra, words in (({}, {}), ({"momentum": 0.2, "eps": 1e-3}, {"momentum": 0.8, "epsilon": 1e-3}),
                             ({"affine": False}, {"center": False, "scale": False})):
            spec = dict({"type": "BatchNormalization"}, **words)
            record(store, numbers, f"batch normalization {words} {training}", spec, nn.BatchNorm2d(3, **extra), (3, 4, 3), n=5,
                   training=training)
    for groups in (1, 2, 4):
        spec = {"type": "GroupNormalization", "groups": groups}
        record(store, numbers, f"group normalization {groups}", spec, nn.GroupNorm(groups, 4), (3, 4, 4))


def losses(store, numbers):
    specs = [("mse", F.mse_loss), ({"type": "mse", "reduction": "sum"}, lambda y, t: F.mse_loss(y, t, reduction="sum")), ("mae", F.l1_loss),
             ({"type": "huber", "delta": 0.3}, lambda y, t: F.huber_loss(y, t, delta=0.3)), ("bce", F.binary_cross_entropy),
             ("bce_with_logits", F.binary_cross_entropy_with_logits)]
    for spec, f in specs:
        t = numbers.unit(3, 4, 4, 2)
        y = numbers.array(3, 4, 4, 2, scale=4) if spec == "bce_with_logits" else numbers.unit(3, 4, 4, 2)
        if spec == "bce":
            y[0, 0, 0], y[0, 0, 1] = 0, 1
        yt = torch.from_numpy(y).requires_grad_()
        value = f(yt, torch.from_numpy(t))
        value.backward()
        store.add("loss", {"name": f"{spec}", "loss": spec, "dialect": "torch"}, y=y, t=t, dy=yt.grad.numpy(),
                  value=np.reshape(value.item(), (1,)))


def optimizer(o, parameters):
    o = dict(o)
    clip = {k: o.pop(k) for k in ("clipvalue", "global_clipnorm") if k in o}
    words = {"lr": o.pop("learning_rate")}
    kind = o.pop("type")
    if "beta_2" in o:
        words["betas"] = (0.9, o.pop("beta_2"))
    real = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}[kind]
    return real(parameters, **words, **o), clip


def trace(store, numbers, opt, loss="mse"):
    """50 steps of a small autoencoder; 12 samples, batches of 5, 5, 2."""
    spec = [{"type": "Conv2D", "name": "enc", "filters": 3, "kernel_size": 3, "strides": 2, "padding": 1, "activation": "tanh"},
            {"type": "BatchNormalization", "name": "norm"},
            {"type": "Conv2DTranspose", "name": "mid", "filters": 3, "kernel_size": 3, "strides": 2, "padding": 1,
             "output_padding": [0, 1], "activation": "relu"},
            {"type": "Conv2D", "name": "out", "filters": 1, "kernel_size": 3, "padding": 1, "activation": "sigmoid"}]
    parts = {"enc": nn.Conv2d(1, 3, 3, 2, 1), "norm": nn.BatchNorm2d(3), "mid": nn.ConvTranspose2d(3, 3, 3, 2, 1, (0, 1)),
             "out": nn.Conv2d(3, 1, 3, 1, 1)}
    for key, module in parts.items():
        if key != "norm":
            randomize(module, numbers, 0.5)
    net = nn.Sequential(parts["enc"], nn.Tanh(), parts["norm"], parts["mid"], nn.ReLU(), parts["out"], nn.Sigmoid()).train()
    gather = lambda: {k: v for key, module in parts.items() for k, v in state(module, key).items()}
    init, data = gather(), numbers.unit(12, 7, 8, 1)
    f = {"mse": F.mse_loss, "bce": F.binary_cross_entropy}[loss]
    real, clip = optimizer(opt, net.parameters())
    values = []
    for step in range(50):
        x = nchw(data[[0, 5, 10][step % 3]:[5, 10, 12][step % 3]])
        real.zero_grad()
        value = f(net(x), x)
        value.backward()
        if "global_clipnorm" in clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip["global_clipnorm"])
        if "clipvalue" in clip:
            nn.utils.clip_grad_value_(net.parameters(), clip["clipvalue"])
        real.step()
        values.append(value.item())
    config = {"model": model((7, 8, 1), spec, "torch"), "dialect": "torch", "loss": loss, "optimizer": opt, "batch_size": 5,
              "epochs": 17, "max_steps": 50}
    store.add("trace", {"name": str(opt), "config": config}, data=data, init=init, losses=np.array(values), final=gather())


def main():
    numbers, ops, traces = Numbers(20261122), Store(MADE_BY), Store(MADE_BY)
    conv_transpose(ops, numbers, 64)
    conv(ops, numbers, 44)
    others(ops, numbers)
    losses(ops, numbers)
    ops.write("torch_ops.safetensors")
    for o in OPTIMIZERS:
        trace(traces, numbers, o)
    trace(traces, numbers, {"type": "adam", "learning_rate": 0.01}, "bce")
    traces.write("torch_traces.safetensors")


main()
