"""Ten training steps of each model, and the safetensors file that says where they lead.

The run is in float64 from the float32 start; a second run in float32 measures how far rounding alone leads away from it
(`drift`), which is what a tolerance has to leave room for.
"""
import json
import struct
import numpy as np
import torch
import torch.nn.functional as F
import depthlast as d
from formula import make
from models import MODELS

STEPS = 10
FIRST_BATCH = 1000


def numbered(table):
    """The parameters of a table, numbered from 1."""
    return [{"name": name, "k": k, **tensor} for k, (name, tensor) in enumerate(table, 1)]


def batch_fields(fields):
    """The fields of step 0; the same field of step s has number k + stride * s."""
    return [{"name": n, "k": FIRST_BATCH + f, "stride": len(fields), **tensor} for f, (n, tensor) in enumerate(fields)]


def states_of(parameters):
    """A batch norm's running figures, found by its scale."""
    states = []
    for row in parameters:
        layer, _, kind = row["name"].rpartition(".")
        if kind == "scale":
            states += [{"name": f"{layer}.{name}", "shape": row["shape"], "start": start}
                       for name, start in (("mean", 0), ("variance", 1))]
    return states


def optimizer_of(options, parameters):
    if options["kind"] == "adam":
        return torch.optim.Adam(parameters, options["lr"], (options["beta1"], options["beta2"]), options["eps"])
    return torch.optim.SGD(parameters, options["lr"], options["momentum"], 0, options["decay"], options["nesterov"])


def batch(fields, step, dtype):
    arrays = [torch.from_numpy(make({**f, "k": f["k"] + step * f["stride"]})) for f in fields]
    return [a.to(dtype) if a.is_floating_point() else a for a in arrays]


class Walk:
    """Hands out parameters and collects running figures in the order of a forward pass."""

    def __init__(self, parameters, states):
        self.parameters, self.states, self.at, self.seen = parameters, states, 0, 0

    def take(self, count):
        self.at += count
        return self.parameters[self.at - count:self.at]

    def observe(self, x):
        with torch.no_grad():
            at = slice(self.seen, self.seen + 2)
            self.states[at] = d.running(x, *self.states[at])
            self.seen += 2


def start(rows, dtype):
    return [torch.from_numpy(make(row)).to(dtype).requires_grad_() for row in rows]


def one_step(forward, parameters, states, optimizer, x, y):
    walk = Walk(parameters, states)
    logits = forward(walk.take, walk.observe, x)
    assert walk.at == len(parameters) and walk.seen == len(states)
    loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def train(rows, state_rows, fields, forward, options, dtype):
    """Losses, parameters and states after the steps, as float64 arrays."""
    parameters = start(rows, dtype)
    states = [torch.full(row["shape"], float(row["start"]), dtype=dtype) for row in state_rows]
    optimizer = optimizer_of(options, parameters)
    losses = [one_step(forward, parameters, states, optimizer, *batch(fields, s, dtype)) for s in range(STEPS)]
    return np.array(losses), [t.detach().double().numpy() for t in parameters + states]


def two_digits(x):
    return float(f"{x:.2g}")


def relative(a, b):
    """How far b is from a, in the 2-norm and relative to a."""
    return two_digits(np.linalg.norm(a - b) / np.linalg.norm(a))


def drift(exact, rounded):
    """The largest relative differences: of a loss, and of a tensor in the 2-norm."""
    tensors = [relative(a, b) for a, b in zip(exact[1], rounded[1])]
    return {"loss": two_digits(np.max(np.abs(1 - rounded[0] / exact[0]))), "tensor": max(tensors)}


def save(path, tensors, metadata):
    """A safetensors file of float32 tensors."""
    header, data = {"__metadata__": metadata}, b""
    for name, array in tensors:
        raw = np.ascontiguousarray(array, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def described(rows, after):
    """
    Each parameter with its first and last start value, to check the formula before anything is compared, and with how far
    the steps moved it, which a comparison must be able to see.
    """
    starts = [make(row) for row in rows]
    return [{**row, "ends": [s.flat[0].item(), s.flat[-1].item()], "moved": relative(s, a)}
            for row, s, a in zip(rows, starts, after)]


def fixture(name, path):
    """Writes one model's file; gives the losses and the drift for the log."""
    table, fields, forward, options = MODELS[name]
    rows, fields = numbered(table), batch_fields(fields)
    states = states_of(rows)
    exact, rounded = (train(rows, states, fields, forward, options, t) for t in (torch.float64, torch.float32))
    facts = {"steps": STEPS, "optimizer": options, "parameters": described(rows, exact[1]), "states": states,
             "fields": fields, "drift": drift(exact, rounded)}
    metadata = {"model": name, "source": f"PyTorch {torch.__version__}, float64",
                **{key: json.dumps(value) for key, value in facts.items()}}
    names = [row["name"] for row in rows + states]
    save(path, [("losses", exact[0]), *((f"after.{n}", a) for n, a in zip(names, exact[1]))], metadata)
    return exact[0], facts["drift"]
