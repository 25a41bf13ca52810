"""One of the three reference models in Keras 3 on TensorFlow; prints one line of JSON.

    python3 keras_peer.py fm|rgb|big graph|xla[,forward] THREADS STEPS
"""
import json
import os
import resource
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy
import tensorflow as tf

from models import MODELS

name, options, threads, steps = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]), int(sys.argv[4])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(0)
side, channels, kernel, _, batch, loss = MODELS[name]
layers = [keras.Input((side, side, channels[0]))]
layers += [keras.layers.Conv2D(c, kernel, 2, "same", activation="relu") for c in channels[1:]]
layers += [keras.layers.Conv2DTranspose(c, kernel, 2, "same", activation="relu") for c in channels[-2:0:-1]]
layers += [keras.layers.Conv2DTranspose(channels[0], kernel, 2, "same", activation="sigmoid")]
net = keras.Sequential(layers)
value = keras.losses.BinaryCrossentropy() if loss == "bce" else keras.losses.MeanSquaredError()
optimizer = keras.optimizers.Adam(1e-3)
optimizer.build(net.trainable_variables)
random = numpy.random.default_rng(0)
batches = [tf.constant(random.random((batch, side, side, channels[0]), dtype=numpy.float32)) for _ in range(8)]


def train(x):
    with tf.GradientTape() as tape:
        error = value(x, net(x, training=True))
    optimizer.apply_gradients(zip(tape.gradient(error, net.trainable_variables), net.trainable_variables))
    return error


step = tf.function((lambda x: net(x, training=False)) if "forward" in options else train, jit_compile="xla" in options)
for i in range(5):
    step(batches[i])
times = []
for i in range(steps):
    start = time.perf_counter()
    step(batches[i % len(batches)]).numpy()
    times.append(time.perf_counter() - start)
times.sort()
print(json.dumps({"images_per_second": batch / times[len(times) // 2], "tensorflow": tf.__version__,
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
