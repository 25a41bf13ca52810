"""Golden values from the real Keras 3 on TensorFlow (CPU). Writes keras_ops.safetensors and keras_traces.safetensors."""
import os

os.environ.update(KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
import keras
import numpy as np
import tensorflow as tf
from golden import ACTIVATIONS, OPTIMIZERS, Numbers, Store, model

MADE_BY = f"Keras {keras.__version__}, TensorFlow {tf.__version__}, CPU float32"


def activation_layer(spec):
    if isinstance(spec, str):
        return keras.layers.Activation(spec)
    kind = spec["type"]
    if kind == "leaky_relu":
        return keras.layers.LeakyReLU(negative_slope=spec["negative_slope"])
    if kind == "elu":
        return keras.layers.ELU(alpha=spec["alpha"])
    return keras.layers.Activation(lambda x: keras.activations.gelu(x, approximate=spec["approximate"]))


def weights_of(layer, name):
    short = lambda w: {"bias": "bias"}.get(w.path.split("/")[-1], w.path.split("/")[-1])
    return {f"{name}/{short(w)}": w for w in layer.weights}


def record(store, numbers, name, spec, layer, shape, n=2, training=False, x=None):
    """One layer: random weights, forward, gradients of <g, y>."""
    x = numbers.array(n, *shape) if x is None else x
    layer.build((None, *shape)) if not layer.built else None
    layer(tf.constant(x))
    weights = weights_of(layer, "L0")
    for key, w in weights.items():
        value = numbers.array(*w.shape)
        w.assign(np.abs(value) + 0.5 if key.endswith(("variance", "gamma")) else value)
    before = {k: w.numpy().copy() for k, w in weights.items()}
    xt = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(xt)
        y = layer(xt, training=True) if training else layer(xt)
        g = numbers.array(*y.shape)
        inner = tf.reduce_sum(y * g)
    trained = {k: w for k, w in weights.items() if w.trainable}
    dx, dw = tape.gradient(inner, [xt, list(w.value for w in trained.values())])
    after = {k: w.numpy() for k, w in weights.items() if not w.trainable} if training else {}
    store.add("case", {"name": name, "model": model(shape, [dict(spec, name="L0")], "keras"), "training": training},
              x=x, y=y.numpy(), g=g, dx=dx.numpy(), w=before, dw={k: v.numpy() for k, v in zip(trained, dw)}, after=after)


def attempt(store, *args, **kwargs):
    """False where this build of the framework refuses the setting."""
    try:
        record(store, *args, **kwargs)
        return True
    except (ValueError, NotImplementedError, tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
        return False


def conv_transpose(store, numbers, wanted):
    made = 0
    fixed = [((k, k), (2, 2), "same", None, (4, 4)) for k in (1, 2, 3, 4, 5, 6)]
    fixed += [((3, 3), (2, 2), "same", (o, o), (4, 4)) for o in (0, 1)] + [((3, 3), (1, 1), p, None, (4, 4)) for p in ("same", "valid")]
    fixed += [((3, 3), (2, 2), "valid", o, (5, 5)) for o in (None, (0, 0), (1, 1))] + [((2, 2), (3, 3), "valid", None, (3, 2))]
    while made < wanted:
        if fixed:
            k, s, pad, op, hw = fixed.pop(0)
            d = 1
        else:
            k, s = (numbers.whole(1, 7), numbers.whole(1, 7)), (numbers.whole(1, 4), numbers.whole(1, 4))
            pad, hw = numbers.pick("same", "valid"), (numbers.whole(1, 5), numbers.whole(1, 5))
            op = tuple(numbers.whole(0, v - 1) for v in s) if numbers.whole(0, 2) == 0 else None
            d = numbers.whole(2, 3) if s == (1, 1) and op is None and numbers.whole(0, 1) else 1
        cin, cout = numbers.whole(1, 4), numbers.whole(1, 4)
        bias = numbers.whole(0, 4) > 0
        spec = {"type": "Conv2DTranspose", "filters": cout, "kernel_size": list(k), "strides": list(s), "padding": pad}
        if op is not None:
            spec["output_padding"] = list(op)
        if d > 1:
            spec["dilation_rate"] = d
        if not bias:
            spec["use_bias"] = False
        layer = keras.layers.Conv2DTranspose(cout, k, s, pad, output_padding=op, dilation_rate=d, use_bias=bias)
        made += attempt(store, numbers, f"ct k{k} s{s} {pad} op{op} d{d} {hw}", spec, layer, (*hw, cin))


def conv(store, numbers, wanted):
    made = 0
    while made < wanted:
        k, s = (numbers.whole(1, 7), numbers.whole(1, 7)), (numbers.whole(1, 4), numbers.whole(1, 4))
        pad, hw = numbers.pick("same", "valid"), (numbers.whole(1, 9), numbers.whole(1, 9))
        d = (numbers.whole(1, 3), numbers.whole(1, 3)) if s == (1, 1) else (1, 1)
        groups = numbers.pick(1, 1, 2)
        cin, cout = numbers.whole(1, 3) * groups, numbers.whole(1, 3) * groups
        spec = {"type": "Conv2D", "filters": cout, "kernel_size": list(k), "strides": list(s), "padding": pad,
                "dilation_rate": list(d), "groups": groups}
        layer = keras.layers.Conv2D(cout, k, s, pad, dilation_rate=d, groups=groups)
        made += attempt(store, numbers, f"cv k{k} s{s} {pad} d{d} g{groups} {hw}", spec, layer, (*hw, cin))


def others(store, numbers):
    L = keras.layers
    for a in ACTIVATIONS:
        x = np.concatenate([numbers.array(1, 4, 4, 2, scale=8), numbers.array(1, 4, 4, 2)])
        record(store, numbers, f"activation {a}", {"type": "Activation", "activation": a}, activation_layer(a), (4, 4, 2), x=x)
    record(store, numbers, "dense", {"type": "Dense", "units": 5}, L.Dense(5), (7,))
    record(store, numbers, "dense on an image", {"type": "Dense", "units": 3}, L.Dense(3), (3, 2, 4))
    record(store, numbers, "flatten", {"type": "Flatten"}, L.Flatten(), (3, 2, 4))
    record(store, numbers, "reshape", {"type": "Reshape", "target_shape": [2, 6, 2]}, L.Reshape((2, 6, 2)), (3, 2, 4))
    for pool, stride, pad, hw in [(2, 2, "valid", (5, 6)), (2, 2, "same", (5, 5)), (3, 2, "same", (6, 7)), (3, 1, "same", (4, 4)),
                                  (2, 3, "valid", (8, 7)), (3, 3, "same", (2, 2)), (4, 2, "same", (5, 9))]:
        for kind in ("MaxPooling2D", "AveragePooling2D"):
            spec = {"type": kind, "pool_size": pool, "strides": stride, "padding": pad}
            record(store, numbers, f"{kind} {pool} {stride} {pad}", spec, getattr(L, kind)(pool, stride, pad), (*hw, 3))
    for size in (2, 3, (2, 3), (1, 4)):
        for how in ("nearest", "bilinear"):
            spec = {"type": "UpSampling2D", "size": list(size) if isinstance(size, tuple) else size, "interpolation": how}
            record(store, numbers, f"upsampling {size} {how}", spec, L.UpSampling2D(size, interpolation=how), (3, 4, 2))
    for p in (1, (2, 1), ((1, 2), (0, 3))):
        spec = {"type": "ZeroPadding2D", "padding": p if isinstance(p, int) else [list(q) if isinstance(q, tuple) else q for q in p]}
        record(store, numbers, f"padding {p}", spec, L.ZeroPadding2D(p), (3, 4, 2))
        spec = {"type": "Cropping2D", "cropping": spec["padding"]}
        record(store, numbers, f"cropping {p}", spec, L.Cropping2D(p), (6, 7, 2))
    for training in (False, True):
        for extra in ({}, {"momentum": 0.8, "epsilon": 1e-5}, {"center": False}, {"scale": False}):
            spec = dict({"type": "BatchNormalization"}, **extra)
            record(store, numbers, f"batch normalization {extra} {training}", spec, L.BatchNormalization(**extra), (3, 4, 3), n=5,
                   training=training)
    for groups in (1, 2, 4):
        spec = {"type": "GroupNormalization", "groups": groups}
        record(store, numbers, f"group normalization {groups}", spec, L.GroupNormalization(groups), (3, 4, 4))

    class DepthToSpace(L.Layer):
        def call(self, x):
            return tf.nn.depth_to_space(x, 2)

    record(store, numbers, "depth to space", {"type": "PixelShuffle", "upscale_factor": 2, "mode": "DCR"}, DepthToSpace(), (3, 2, 8))


def losses(store, numbers):
    specs = [("mse", keras.losses.MeanSquaredError()), ("mae", keras.losses.MeanAbsoluteError()),
             ({"type": "huber", "delta": 0.3}, keras.losses.Huber(delta=0.3)), ("bce", keras.losses.BinaryCrossentropy()),
             ("bce_with_logits", keras.losses.BinaryCrossentropy(from_logits=True))]
    for spec, f in specs:
        t = numbers.unit(3, 4, 4, 2)
        y = numbers.array(3, 4, 4, 2, scale=4) if spec == "bce_with_logits" else numbers.unit(3, 4, 4, 2)
        if spec == "bce":
            y[0, 0, 0], y[0, 0, 1], y[0, 0, 2] = 0, 1, 1e-8
        yt = tf.constant(y)
        with tf.GradientTape() as tape:
            tape.watch(yt)
            value = f(tf.constant(t), yt)
        store.add("loss", {"name": f"{spec}", "loss": spec, "dialect": "keras"}, y=y, t=t, dy=tape.gradient(value, yt).numpy(),
                  value=np.reshape(value.numpy(), (1,)))


def optimizer(o):
    o = dict(o)
    kind = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW,
            "rmsprop": keras.optimizers.RMSprop}[o.pop("type")]
    return kind(**o)


def trace(store, numbers, opt, loss="mse"):
    """50 steps of a small autoencoder; 12 samples, batches of 5, 5, 2."""
    spec = [{"type": "Conv2D", "name": "enc", "filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "tanh"},
            {"type": "BatchNormalization", "name": "norm", "momentum": 0.9},
            {"type": "Conv2DTranspose", "name": "mid", "filters": 3, "kernel_size": 3, "strides": 2, "padding": "same",
             "activation": "relu"},
            {"type": "Conv2D", "name": "out", "filters": 1, "kernel_size": 3, "padding": "same", "activation": "sigmoid"}]
    L = keras.layers
    net = keras.Sequential([keras.Input((7, 8, 1)), L.ZeroPadding2D(((0, 1), (0, 0))),
                            L.Conv2D(3, 3, 2, "same", activation="tanh", name="enc"), L.BatchNormalization(momentum=0.9, name="norm"),
                            L.Conv2DTranspose(3, 3, 2, "same", activation="relu", name="mid"),
                            L.Conv2D(1, 3, padding="same", activation="sigmoid", name="out"), L.Cropping2D(((0, 1), (0, 0)))])
    spec = [{"type": "ZeroPadding2D", "name": "pad", "padding": [[0, 1], [0, 0]]}, *spec,
            {"type": "Cropping2D", "name": "crop", "cropping": [[0, 1], [0, 0]]}]
    weights = {}
    for layer in net.layers:
        weights.update({f"{layer.name}/{w.path.split('/')[-1]}": w for w in layer.weights})
    for key, w in weights.items():
        if key.endswith(("kernel", "bias")):
            w.assign(numbers.array(*w.shape, scale=0.5))
    init = {k: w.numpy().copy() for k, w in weights.items()}
    data = numbers.unit(12, 7, 8, 1)
    f = {"mse": keras.losses.MeanSquaredError(), "bce": keras.losses.BinaryCrossentropy()}[loss]
    opt_real = optimizer(opt)
    values = []
    for step in range(50):
        x = tf.constant(data[[0, 5, 10][step % 3]:[5, 10, 12][step % 3]])
        with tf.GradientTape() as tape:
            value = f(x, net(x, training=True))
        opt_real.apply(tape.gradient(value, [w.value for w in net.trainable_weights]), net.trainable_weights)
        values.append(float(value))
    config = {"model": model((7, 8, 1), spec, "keras"), "dialect": "keras", "loss": loss, "optimizer": opt, "batch_size": 5,
              "epochs": 17, "max_steps": 50}
    store.add("trace", {"name": str(opt), "config": config}, data=data, init=init, losses=np.array(values),
              final={k: w.numpy() for k, w in weights.items()})


def main():
    numbers, ops, traces = Numbers(20261122), Store(MADE_BY), Store(MADE_BY)
    conv_transpose(ops, numbers, 64)
    conv(ops, numbers, 44)
    others(ops, numbers)
    losses(ops, numbers)
    ops.write("keras_ops.safetensors")
    for o in OPTIMIZERS:
        trace(traces, numbers, o)
    trace(traces, numbers, {"type": "adam", "learning_rate": 0.01, "clipnorm": 0.02}, "bce")
    traces.write("keras_traces.safetensors")


main()
