"""Initial weights from the real Keras on TensorFlow (CPU, Linux). Writes seeds_keras.txt."""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import tensorflow as tf
from keras import initializers as I, layers as L
from seeds import SEEDS, Cases, conv, dense, model, up

FEW = [0, 42, 2**31 - 1, 2**32 - 1]
OWN = [0, 1, 42, 2**31 - 3, 2**31 - 2, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1, -1, -2, -42, -(2**31), -(2**40)]
cases = Cases("seeds_keras.txt", f"Keras {keras.__version__}, TensorFlow {tf.__version__}", "keras")


def net(shape, build):
    def draw(seed):
        keras.utils.set_random_seed(seed)
        m = keras.Sequential([L.Input(shape), *build()])
        return [v.numpy() for layer in m.layers for v in layer.weights if "seed_generator" not in v.path]
    return draw


def single(initializer, make, shapes=((3, 3, 8, 16),), seeds=SEEDS, own=OWN):
    """`make(seed)` is the initializer; kernels as Conv2D's or, of two dimensions, Dense's."""
    for shape in shapes:
        if len(shape) == 4:
            layer, x = lambda k: conv(shape[3], list(shape[:2]), use_bias=False, kernel_initializer=k), (16, 16, shape[2])
            build = lambda: [L.Conv2D(shape[3], shape[:2], use_bias=False, kernel_initializer=make(None))]
        else:
            layer, x = lambda k: dense(shape[1], use_bias=False, kernel_initializer=k), (shape[0],)
            build = lambda: [L.Dense(shape[1], use_bias=False, kernel_initializer=make(None))]
        cases.add(model(x, layer(initializer)), net(x, build), seeds)
        cases.add(model(x, layer({**initializer, "seed": "$SEED"})), lambda seed: [make(seed)(shape).numpy()], own)


for name, kind in (("glorot_uniform", I.GlorotUniform), ("glorot_normal", I.GlorotNormal), ("he_uniform", I.HeUniform),
                   ("he_normal", I.HeNormal), ("lecun_uniform", I.LecunUniform), ("lecun_normal", I.LecunNormal)):
    single({"type": name}, lambda seed: kind(seed=seed))
    single({"type": name}, lambda seed: kind(seed=seed), ((5, 3), (1, 2, 3, 1)), FEW, FEW)
single({"type": "random_uniform"}, lambda seed: I.RandomUniform(seed=seed))
single({"type": "random_uniform", "minval": -0.37, "maxval": 0.11}, lambda seed: I.RandomUniform(-0.37, 0.11, seed))
single({"type": "random_normal"}, lambda seed: I.RandomNormal(seed=seed))
single({"type": "random_normal", "mean": 0.1, "stddev": 0.02}, lambda seed: I.RandomNormal(0.1, 0.02, seed))
single({"type": "truncated_normal"}, lambda seed: I.TruncatedNormal(seed=seed))
single({"type": "truncated_normal", "mean": 0.1, "stddev": 0.02}, lambda seed: I.TruncatedNormal(0.1, 0.02, seed))
for mode in ("fan_in", "fan_out", "fan_avg"):
    for d in ("truncated_normal", "untruncated_normal", "uniform"):
        single({"type": "variance_scaling", "scale": 0.1, "mode": mode, "distribution": d},
               lambda seed: I.VarianceScaling(0.1, mode, d, seed), seeds=SEEDS, own=FEW)

# Whole models: the order of construction gives the seeds.
cases.add(model((28, 28, 1), conv(16, 3, strides=2, padding="same"), conv(8, 3, strides=2, padding="same"), {"type": "BatchNormalization"},
                {"type": "Dropout", "rate": 0.2}, {"type": "Dropout", "rate": 0}, up(16, 3, strides=2, padding="same"),
                {"type": "GaussianNoise", "stddev": 0.1}, {"type": "GaussianNoise", "stddev": 0}, up(1, 3, strides=2, padding="same"),
                {"type": "Flatten"}, dense(4)),
          net((28, 28, 1), lambda: [L.Conv2D(16, 3, 2, "same"), L.Conv2D(8, 3, 2, "same"), L.BatchNormalization(), L.Dropout(0.2), L.Dropout(0),
                                    L.Conv2DTranspose(16, 3, 2, "same"), L.GaussianNoise(0.1), L.GaussianNoise(0.0),
                                    L.Conv2DTranspose(1, 3, 2, "same"), L.Flatten(), L.Dense(4)]), SEEDS)
noisy = "random_normal"
cases.add(model((12, 12, 2), conv(4, 3, kernel_initializer="he_normal", bias_initializer=noisy), conv(4, 3, bias_initializer=noisy, use_bias=False),
                conv(4, 3, kernel_initializer={"type": "he_uniform", "seed": 5}), up(6, 2, bias_initializer="he_uniform"),
                conv(3, 3, groups=3, kernel_initializer="lecun_normal"), conv(2, 1, kernel_initializer="zeros"), conv(2, 1)),
          net((12, 12, 2), lambda: [L.Conv2D(4, 3, kernel_initializer="he_normal", bias_initializer=noisy),
                                    L.Conv2D(4, 3, bias_initializer=noisy, use_bias=False), L.Conv2D(4, 3, kernel_initializer=I.HeUniform(5)),
                                    L.Conv2DTranspose(6, 2, bias_initializer="he_uniform"), L.Conv2D(3, 3, groups=3, kernel_initializer="lecun_normal"),
                                    L.Conv2D(2, 1, kernel_initializer="zeros"), L.Conv2D(2, 1)]), SEEDS)
cases.write()
