"""selvage against PyTorch on the three reference models, in turn, in one run: `make bench`.

    python3 compare.py BUILD_FOLDER [ROUNDS]

Needs a Python with torch (make bench PYTHON=...). Each round runs selvage with both backends, PyTorch NCHW and PyTorch NHWC one
after another; printed are the medians over rounds, and the ratios to the better of the two layouts. Rounds during which the machine was
taken away (steal in /proc/stat) are run again.
"""
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = {"fm": 150, "rgb": 30, "big": 5}
THREADS = "2"
JEMALLOC = next((p for p in ("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/aarch64-linux-gnu/libjemalloc.so.2")
                 if os.path.exists(p)), None)


def environment(peer):
    env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    env.update(OMP_NUM_THREADS=THREADS, OMP_PROC_BIND="true")
    if peer:
        env.update(OMP_WAIT_POLICY="active", MALLOC_CONF="dirty_decay_ms:-1,muzzy_decay_ms:-1")
        if JEMALLOC:
            env["LD_PRELOAD"] = JEMALLOC
    return env


def steal():
    with open("/proc/stat", encoding="ascii") as f:
        fields = [int(v) for v in f.readline().split()[1:]]
    return fields[7] / max(1, os.sysconf("SC_CLK_TCK"))


def measure(command, peer):
    for _ in range(3):
        before = steal()
        out = subprocess.run(command, env=environment(peer), capture_output=True, text=True, check=True).stdout
        if steal() - before < 0.1:
            break
    return json.loads(out.strip().splitlines()[-1])


def main():
    build, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    if not JEMALLOC:
        print("note: libjemalloc2 is not installed; PyTorch is a little slower without it")
    print(f"images/s, medians of {rounds}; MB at the peak, data included")
    print(f"{'model':6}{'PyTorch':>10}{'layout':>8}{'MB':>7}{'blas':>10}{'ratio':>7}{'MB':>7}{'native':>10}{'ratio':>7}{'MB':>7}{'of peak':>9}")
    for name, steps in MODELS.items():
        runs = {key: [] for key in ("blas", "native", "nchw", "nhwc")}
        config = os.path.join(HERE, "..", "..", "configs", f"bench_{name}.json")
        for _ in range(rounds):
            for backend in ("blas", "native"):
                runs[backend].append(measure([f"{build}/selvage", "bench", config, f"backend={backend}", "--threads", THREADS, "--steps",
                                              str(steps), "--json"], False))
            for layout in ("nchw", "nhwc"):
                runs[layout].append(measure([sys.executable, f"{HERE}/torch_peer.py", name, layout, THREADS, str(steps)], True))
        speed = {k: statistics.median(r["images_per_second"] for r in v) for k, v in runs.items()}
        memory = {k: statistics.median(r["peak_mb"] for r in v) for k, v in runs.items()}
        best = max(("nchw", "nhwc"), key=speed.get)
        line = f"{name:6}{speed[best]:10.1f}{best:>8}{memory[best]:7.0f}"
        for backend in ("blas", "native"):
            line += f"{speed[backend]:10.1f}{speed[backend] / speed[best]:7.2f}{memory[backend]:7.1f}"
        print(line + f"{100 * statistics.median(r['share_of_peak'] for r in runs['native']):8.0f}%", flush=True)


main()
