"""PyTorch's side of the GPU benchmark: the workloads of torch_steps.py, and products, on CUDA.

    python3 bench/torch_gpu.py [--seconds 1] [--device cuda] [--times 4] [WORKLOAD ...]

One JSON line per workload, way (eager, graph, compile) and precision (TF32 off, on): the median milliseconds of a training step, and for
the products of --products (M,K,N) their TFLOP/s. torch.compile takes a minute for some and comes last. With --device cpu there are no
graphs: a rehearsal. --times makes every batch so many times as large.
"""
import argparse
import functools
import json
import statistics
import time
import torch
import torch_steps

WARM_UP = 5
LEAST = 3


def synchronise(device):
    if device == "cuda":
        torch.cuda.synchronize()


def captured(step):
    """The step as one graph; its optimizer must keep its counters on the device."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def milliseconds(step, device, seconds):
    """The median of stretches of ten steps, each waited for."""
    for _ in range(WARM_UP):
        step()
    synchronise(device)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < LEAST:
        start = time.perf_counter()
        for _ in range(10):
            step()
        synchronise(device)
        times.append((time.perf_counter() - start) * 100)
    return statistics.median(times)


def workload(name, way, device, seconds, times):
    torch.manual_seed(0)
    step, _ = torch_steps.WORKLOADS[name](times)
    if way == "graph":
        step = captured(step)
    elif way == "compile":
        step = torch.compile(step)
    return milliseconds(step, device, seconds)


def product(sizes, device, seconds):
    m, k, n = sizes
    a, b = torch.randn(m, k), torch.randn(k, n)
    return 2 * m * n * k / milliseconds(lambda: a @ b, device, seconds) / 1e9


def allow(tf32):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32


def say(name, way, tf32, options):
    line = {"workload": name, "way": way, "tf32": tf32}
    try:
        line["ms"] = round(workload(name, way, options.device, options.seconds, options.times), 4)
    except Exception as error:  # One workload that a way cannot do leaves the others.
        line["error"] = (str(error) or type(error).__name__).split("\n")[0]
    print(json.dumps(line), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--products", nargs="*", default=[])
    parser.add_argument("--ways", nargs="*", choices=["eager", "graph", "compile"])
    parser.add_argument("workloads", nargs="*")
    o = parser.parse_args()
    if o.device == "cuda" and not torch.cuda.is_available():
        parser.exit(3, "PyTorch has no CUDA device\n")
    if o.device != "cpu":
        if not hasattr(torch, "set_default_device"):
            parser.exit(3, "PyTorch 2.0 or newer is needed\n")
        torch.set_default_device(o.device)
    ways = o.ways or (["eager", "graph", "compile"] if o.device == "cuda" else ["eager"])
    if o.device == "cuda":
        torch.optim.Adam = functools.partial(torch.optim.Adam, capturable=True)
    soon = [way for way in ways if way != "compile"]
    for tf32 in (False, True):
        allow(tf32)
        for text in o.products:
            rate = product([int(n) for n in text.split(",")], o.device, o.seconds)
            print(json.dumps({"product": text, "tf32": tf32, "tflops": round(rate, 4)}), flush=True)
        for name in o.workloads:
            for way in soon:
                say(name, way, tf32, o)
    for tf32 in (False, True) if "compile" in ways else ():
        allow(tf32)
        for name in o.workloads:
            say(name, "compile", tf32, o)


if __name__ == "__main__":
    main()
