"""How the time of a multiply-add and the peak memory grow: batches, image sides, channels.

    python3 scaling.py BUILD_FOLDER [--memory]

A small autoencoder of the native backend; each line gives picoseconds of a multiply-add against the best line of its series, and the
measured peak memory against what `selvage explain` predicts. --memory: few steps, for memory alone.
"""
import json
import subprocess
import sys
import tempfile

from peers import THREADS, measure, selvage

MIB = 1 << 20

SERIES = {
    "batch": [dict(batch=b) for b in (16, 64, 256, 1024, 4096)],
    "side": [dict(side=n, batch=max(16, 16 * 64 * 64 // (n * n))) for n in (28, 56, 112, 256, 512, 1024)],
    "channels": [dict(channels=c) for c in (8, 16, 32, 64, 128, 256, 512)],
}


def write_config(folder, side=32, batch=64, channels=32):
    def layer(kind, name, filters, strides, activation):
        return {"type": kind, "name": name, "filters": filters, "kernel_size": 3, "strides": strides, "padding": "same",
                "activation": activation}

    layers = [layer("Conv2D", "enc", channels, 1, "relu"), layer("Conv2D", "mid", channels, 2, "relu"),
              layer("Conv2DTranspose", "dec", channels, 2, "relu"), layer("Conv2D", "out", 3, 1, "sigmoid")]
    config = {"model": {"name": "scaling", "input": {"shape": [side, side, 3]}, "layers": layers}, "seed": 1,
              "data": {"source": "synthetic", "samples": batch}, "loss": "mse",
              "optimizer": {"type": "adam"}, "batch_size": batch, "epochs": 1, "backend": "native"}
    with open(f"{folder}/config.json", "w", encoding="utf-8") as f:
        json.dump(config, f)
    return f"{folder}/config.json"


def explain(build, config):
    done = subprocess.run([f"{build}/selvage", "explain", config, "--threads", THREADS, "--json"], capture_output=True, text=True,
                          check=False)
    return json.loads(done.stdout)["memory"]


def run(build, point, steps):
    with tempfile.TemporaryDirectory() as folder:
        config = write_config(folder, **point)
        return measure(selvage(build, config, "--steps", steps), False), explain(build, config)


def main():
    build = sys.argv[1]
    steps = "1" if "--memory" in sys.argv[2:] else "7"
    print(f"{'':14}{'ps a multiply-add':>19}{'of the best':>13}{'peak MiB':>10}{'predicted':>11}{'off by':>9}{'beyond the data':>17}")
    worst = 0
    for name, series in SERIES.items():
        lines = []
        for point in series:
            result, memory = run(build, point, steps)
            lines.append((point[name], 2e3 / result["gflops"], result["peak_mb"], memory["total"] / MIB, memory["data"] / MIB))
        best = min(line[1] for line in lines)
        for value, picoseconds, peak, predicted, data in lines:
            off = peak / predicted - 1
            worst = max(worst, abs(off))
            print(f"{name:9}{value:5}{picoseconds:19.2f}{picoseconds / best:13.2f}{peak:10.1f}{predicted:11.1f}{100 * off:+8.1f} %"
                  f"{peak - data:17.1f}", flush=True)
    print(f"prediction of memory: at most {100 * worst:.1f} % off")


main()
