"""The machine's part in a benchmark: how selvage and its peers are started, and measured alternately."""
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIGS = os.path.join(HERE, "..", "..", "configs")
THREADS = "2"
JEMALLOC = next((p for p in ("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/aarch64-linux-gnu/libjemalloc.so.2")
                 if os.path.exists(p)), None)


def environment(peer):
    env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    env.update(OMP_NUM_THREADS=THREADS, OMP_PROC_BIND="true", TF_CPP_MIN_LOG_LEVEL="3")
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
    """The last line of a command's output as JSON; run again, three times at most, where the machine was taken away (steal)."""
    for _ in range(3):
        before = steal()
        done = subprocess.run(command, env=environment(peer), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}")
        if steal() - before < 0.1:
            break
    return json.loads(done.stdout.strip().splitlines()[-1])


def selvage(build, config, *arguments):
    return [f"{build}/selvage", "bench", config, *arguments, "--threads", THREADS, "--json"]


def python(script, *arguments):
    return [sys.executable, os.path.join(HERE, script), *arguments]


def rounds(commands, count):
    """{name: (command, is a peer)} one after another, count times; {name: [results]}. A peer that cannot run is left out, with a word."""
    results = {}
    for _ in range(count):
        for name, (command, peer) in commands.items():
            if results.get(name) == "failed":
                continue
            try:
                results.setdefault(name, []).append(measure(command, peer))
            except RuntimeError as error:
                print(f"note: {name} is left out: {error}", file=sys.stderr)
                results[name] = "failed"
    return {name: value for name, value in results.items() if value != "failed"}


def median(results, key):
    return statistics.median(r[key] for r in results)
