"""The numbers that both sides of a comparison can make, so that no fixture stores a start value or a batch.

All integers are 32 bits wide and wrap. For element i (row-major, in this project's layout) of tensor number k:

    x = i * 0x9E3779B1 + k * 0x85EBCA77
    x ^= x >> 16;  x *= 0x85EBCA6B;  x ^= x >> 13;  x *= 0xC2B2AE35;  x ^= x >> 16      # murmur3's finaliser
    hash(i, k)  = x
    u(i, k)     = (x >> 8) / 2^23 - 1                       # exact in float32, in [-1, 1)
    real tensor = float32(offset + scale * u(i, k))         # in float64, rounded once
    classes     = hash(i, k) mod classes

`formula.ts` is the same in TypeScript; `formula.json` among the fixtures holds values that both must give.
"""
import numpy as np


def hashes(count, k):
    """uint32 [count]: hash(i, k) for i = 0 .. count - 1."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(k * 0x85EBCA77 & 0xFFFFFFFF)
    x = (x ^ x >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    x = (x ^ x >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return x ^ x >> np.uint32(16)


def uniform(count, k):
    """float64 [count]: u(i, k)."""
    return (hashes(count, k) >> np.uint32(8)) / 2.0**23 - 1


def real(shape, scale=1.0, offset=0.0):
    """A tensor of real numbers that has no number k yet."""
    return {"shape": list(shape), "offset": float(offset), "scale": float(scale)}


def classes(shape, count):
    """A tensor of classes 0 .. count - 1 that has no number k yet."""
    return {"shape": list(shape), "classes": count}


def weight(shape, fan_in):
    """He's variance 2 / fan_in: a uniform on [-s, s) has s^2 / 3."""
    return real(shape, (3 * 2 / fan_in) ** 0.5)


def biases(shape):
    return real(shape, 0.05)


def scales(shape):
    return real(shape, 0.1, 1)


def make(tensor):
    """The array, float32 or int64, of a tensor that has its number k."""
    count = int(np.prod(tensor["shape"], dtype=np.int64))
    if "classes" in tensor:
        flat = (hashes(count, tensor["k"]) % np.uint32(tensor["classes"])).astype(np.int64)
    else:
        flat = (tensor["offset"] + tensor["scale"] * uniform(count, tensor["k"])).astype(np.float32)
    return flat.reshape(tensor["shape"])


GOLDEN = [(0, 1), (1, 1), (0, 2), (12345, 7), (99999, 60), (4095, 1019), (1 << 24, 3)]
GOLDEN_TENSORS = [
    {**real([2, 3]), "k": 1},
    {**weight([2, 2], 25), "k": 5},
    {**biases([3]), "k": 6},
    {**scales([3]), "k": 7},
    {**classes([8], 10), "k": 1001},
    {**classes([8], 65), "k": 1002},
]


def golden():
    """What `formula.json` says."""
    points = []
    for i, k in GOLDEN:
        points.append({"i": i, "k": k, "hash": int(hashes(i + 1, k)[i]), "u": float(uniform(i + 1, k)[i])})
    tensors = [{**tensor, "values": [v.item() for v in make(tensor).ravel()]} for tensor in GOLDEN_TENSORS]
    return {"points": points, "tensors": tensors}
