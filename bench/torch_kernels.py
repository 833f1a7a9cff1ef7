"""Which kernels PyTorch runs in this environment, as one line of JSON.

    python3 bench/torch_kernels.py

The libraries are asked themselves: OpenBLAS names its core, oneDNN and MKL write theirs when their first kernel runs, ATen's
stands in PyTorch's configuration. A product of whole numbers is compared with its exact value, since a core that the
processor only seems to have can compute wrong numbers. How long a product takes tells which of two cores is the faster one.
"""
import ctypes
import json
import os
import re
import tempfile
import time

CORE_NAMES = ["openblas_get_corename", "openblas_get_corename64_", "scipy_openblas_get_corename64_"]


def openblas_core():
    """The name of the core of the OpenBLAS that this process has loaded; None without one or outside Linux."""
    if not os.path.exists("/proc/self/maps"):
        return None
    with open("/proc/self/maps") as maps:
        loaded = {line.split()[-1] for line in maps if re.search(r"/lib[^/]*blas[^/]*\.so", line)}
    for library in map(ctypes.CDLL, sorted(loaded)):
        for name in CORE_NAMES:
            if hasattr(library, name):
                core = getattr(library, name)
                core.restype = ctypes.c_char_p
                return core().decode()
    return None


def run_kernels():
    """Runs a product and a convolution of each library; true if the product is exact."""
    import torch
    a, b = (torch.randint(-8, 8, (192, 192)) for _ in range(2))
    torch.nn.functional.conv2d(torch.randn(8, 16, 32, 32), torch.randn(16, 16, 3, 3))
    return bool((a.float() @ b.float() == (a @ b).float()).all())


def product_ms():
    """The least milliseconds of a product of two 768 x 768 matrices."""
    import torch
    a, b = torch.randn(768, 768), torch.randn(768, 768)
    times = []
    for _ in range(12):
        begun = time.perf_counter()
        a @ b
        times.append((time.perf_counter() - begun) * 1000)
    return min(times)


def with_output_of(work):
    """The work's value and what was written to the standard output by it, by libraries too."""
    with tempfile.TemporaryFile() as file:
        kept = os.dup(1)
        os.dup2(file.fileno(), 1)
        value = work()
        ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        file.seek(0)
        return value, file.read().decode(errors="replace")


def first(pattern, text):
    found = re.search(pattern, text)
    return found.group(1).strip() if found else None


def main():
    os.environ.update(ONEDNN_VERBOSE="1", DNNL_VERBOSE="1", MKL_VERBOSE="1")
    is_exact, written = with_output_of(run_kernels)
    import torch
    print(json.dumps({
        "version": torch.__version__,
        "openblas": openblas_core(),
        "mkl": first(r"MKL_VERBOSE (.*architecture.*)", written),
        "onednn": first(r"info,cpu,isa:(.*)", written),
        "aten": first(r"CPU capability usage: (\S+)", torch.__config__.show()),
        "exact": is_exact,
        "product": product_ms(),
    }))


if __name__ == "__main__":
    main()
