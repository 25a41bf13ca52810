"""selvage against PyTorch, TensorFlow and onnxruntime on the three reference models, in turn, in one run: `make bench`.

    python3 compare.py BUILD_FOLDER [ROUNDS] [train|forward]

Needs a Python with torch; what else is installed of tensorflow, keras and onnxruntime takes part (make bench PYTHON=...). Each round runs
everything once, one after another; printed are the medians over rounds, and the ratios of both backends to the fastest peer.
"""
import sys

from peers import CONFIGS, JEMALLOC, THREADS, median, python, rounds, selvage

MODELS = {"fm": 150, "rgb": 30, "big": 5}
PEERS = {
    "train": [("torch_peer.py", v) for v in ("nchw", "nhwc", "nchw,compile", "nhwc,compile")] +
             [("keras_peer.py", v) for v in ("graph", "xla")],
    "forward": [("torch_peer.py", v) for v in ("nchw,forward", "nhwc,forward", "nchw,compile,forward")] +
               [("keras_peer.py", "graph,forward"), ("onnx_peer.py", "forward")],
}


def commands(build, name, steps, job):
    config = f"{CONFIGS}/bench_{name}.json"
    forward = ["--forward"] if job == "forward" else []
    result = {b: (selvage(build, config, f"backend={b}", "--steps", str(steps), *forward), False) for b in ("blas", "native")}
    for script, options in PEERS[job]:
        result[f"{script.split('_')[0]} {options}"] = (python(script, name, options, THREADS, str(steps)), True)
    return result


def compare(build, count, job):
    print(f"{job}: images/s, medians of {count}; MB at the peak, data included")
    for name, steps in MODELS.items():
        results = rounds(commands(build, name, steps, job), count)
        best = max((n for n in results if n not in ("blas", "native")), key=lambda n: median(results[n], "images_per_second"))
        fastest = median(results[best], "images_per_second")
        for peer, values in results.items():
            speed = median(values, "images_per_second")
            line = f"{name:4} {peer:28}{speed:10.1f} images/s{speed / fastest:7.2f} of the fastest peer{median(values, 'peak_mb'):8.1f} MB"
            if "share_of_peak" in values[0]:
                line += f"{100 * median(values, 'share_of_peak'):6.0f} % of peak"
            print(line, flush=True)


def main():
    build, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    if not JEMALLOC:
        print("note: libjemalloc2 is not installed; PyTorch is a little slower without it")
    for job in sys.argv[3:] or PEERS:
        compare(build, count, job)


main()
