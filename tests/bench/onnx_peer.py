"""Forward passes of one of the three reference models in onnxruntime; prints one line of JSON.

    python3 onnx_peer.py fm|rgb|big forward THREADS STEPS

The model is written from scratch (opset 17): convolutions and transposed ones with ReLU between, a sigmoid at the end.
"""
import json
import resource
import sys
import time

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from models import MODELS

name, threads, steps = sys.argv[1], int(sys.argv[3]), int(sys.argv[4])
side, channels, kernel, same, batch, _ = MODELS[name]
random = numpy.random.default_rng(0)
nodes, weights, at = [], [], "x"
pairs = list(zip(channels, channels[1:])) + list(zip(channels[::-1], channels[-2::-1]))
for i, (a, b) in enumerate(pairs):
    up = i >= len(channels) - 1
    shape = (a, b, kernel, kernel) if up else (b, a, kernel, kernel)
    weights += [numpy_helper.from_array(random.normal(0, 0.05, shape).astype(numpy.float32), f"w{i}"),
                numpy_helper.from_array(numpy.zeros(b, numpy.float32), f"b{i}")]
    more = {"output_padding": [same, same]} if up else {}
    nodes.append(helper.make_node("ConvTranspose" if up else "Conv", [at, f"w{i}", f"b{i}"], [f"z{i}"], strides=[2, 2],
                                  pads=[1, 1, 1, 1], **more))
    last = i == len(pairs) - 1
    nodes.append(helper.make_node("Sigmoid" if last else "Relu", [f"z{i}"], ["y" if last else f"a{i}"]))
    at = f"a{i}"
image = [batch, channels[0], side, side]
graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, image)],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, image)], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.checker.check_model(model)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
batches = [random.random(image, dtype=numpy.float32) for _ in range(8)]
for i in range(5):
    session.run(None, {"x": batches[i]})
times = []
for i in range(steps):
    start = time.perf_counter()
    session.run(None, {"x": batches[i % len(batches)]})
    times.append(time.perf_counter() - start)
times.sort()
print(json.dumps({"images_per_second": batch / times[len(times) // 2], "onnxruntime": onnxruntime.__version__,
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
