"""How a case of `layers.json` is made: numbered tensors in, rounded outputs and gradients out.

A case numbers its tensors from 1: inputs, parameters, states, then one `seed` per output. A layer's gradients are those of
the sum of seed * output over its outputs, so that every element of the output counts differently. All in float64.
"""
import torch
from formula import make, real

DIGITS = 9


def rounded(tensor):
    """{shape, values} with nine significant digits."""
    values = [float(f"{v:.{DIGITS}g}") for v in tensor.detach().double().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def numbered(groups):
    """The same groups of tensors, each tensor with its number."""
    k, result = 0, []
    for group in groups:
        result.append({})
        for name, tensor in group.items():
            k += 1
            result[-1][name] = {**tensor, "k": k}
    return result


def leaf(tensor):
    array = torch.from_numpy(make(tensor))
    return array.double().requires_grad_() if array.is_floating_point() else array


def named(outputs):
    return outputs if isinstance(outputs, dict) else {"y": outputs}


def gradients(scalar, leaves):
    wanted = {name: t for name, t in leaves.items() if t.requires_grad}
    found = torch.autograd.grad(scalar, list(wanted.values()), allow_unused=True)
    return {name: rounded(torch.zeros_like(t) if g is None else g) for (name, t), g in zip(wanted.items(), found)}


def seeds_for(outputs, first):
    return {name: {**real(y.shape), "k": first + j} for j, (name, y) in enumerate(outputs.items())}


def layer(name, line, inputs, parameters, run, states=None, after=None, note=None):
    """
    `run(inputs, parameters, states)`, each a list of tensors, gives the output or a dict of outputs;
    `after(inputs, states)` the states afterwards, by name.
    """
    inputs, parameters, states = numbered([inputs, parameters, states or {}])
    leaves = {key: leaf(t) for key, t in {**inputs, **parameters}.items()}
    fixed = [leaf(t).detach() for t in states.values()]
    given = [leaves[key] for key in inputs]
    outputs = named(run(given, [leaves[key] for key in parameters], fixed))
    seeds = seeds_for(outputs, len(leaves) + len(fixed) + 1)
    scalar = sum((leaf(seeds[key]).detach() * y).sum() for key, y in outputs.items())
    case = {"name": name, "line": line, "inputs": inputs, "parameters": parameters, "states": states,
            "outputs": {key: rounded(y) for key, y in outputs.items()}, "seeds": seeds,
            "gradients": gradients(scalar, leaves)}
    if after is not None:
        case["after"] = {key: rounded(t) for key, t in after(given, fixed).items()}
    return case if note is None else {**case, "note": note}


def loss(name, line, inputs, run, note=None):
    """`run(*inputs)` gives the values that the loss is the mean of; gradients are those of the mean."""
    inputs, = numbered([inputs])
    leaves = {key: leaf(t) for key, t in inputs.items()}
    values = run(*leaves.values())
    case = {"name": name, "line": line, "inputs": inputs, "values": rounded(values),
            "loss": rounded(values.mean())["values"][0], "gradients": gradients(values.mean(), leaves)}
    return case if note is None else {**case, "note": note}
