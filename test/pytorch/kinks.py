"""The cases of `kinks.json`: values and slopes of functions where these have a kink, a tie or an end, and far out.

A case says how the language writes the function, the numbers of its operands, and the gradients of the sum of its values.
"""
import torch
import torch.nn.functional as F

SPOTS = [-100, -3, -1, -0.5, -0.0, 0, 0.5, 1, 3, 6, 100]
ELEMENTWISE = {
    "relu(x)": F.relu,
    "max(x, 0)": F.relu,
    "max(0, x)": F.relu,
    "leaky_relu(x)": lambda x: F.leaky_relu(x, 0.1),
    "elu(x)": F.elu,
    "elu(x, alpha=2)": lambda x: F.elu(x, 2.0),
    "gelu(x)": F.gelu,
    "silu(x)": F.silu,
    "softplus(x)": F.softplus,
    "sigmoid(x)": torch.sigmoid,
    "tanh(x)": torch.tanh,
    "erf(x)": torch.erf,
    "abs(x)": torch.abs,
    "min(max(x, -1), 1)": F.hardtanh,
    "min(max(x, 0), 6)": F.relu6,
    "max(-1, min(1, x))": F.hardtanh,
    "(if abs(x) <= 1 then 0.5 * x^2 else abs(x) - 0.5)": lambda x: F.huber_loss(x, torch.zeros_like(x), reduction="none"),
    "hinge(x, 1)": lambda x: F.relu(1 - x),
    "sqrt(sum(x * x))": lambda x: x.norm(),
    "x^0": lambda x: x**0,
    "x^2": lambda x: x**2,
    "x^3": lambda x: x**3,
    "x^4": lambda x: x**4,
    "x^5": lambda x: x**5,
}
ROOTS = {
    "x^1.5": lambda x: x**1.5,
    "x^(0 * x)": lambda x: x ** (0 * x),
}
TIES = {
    "max(x, y)": torch.maximum,
    "min(x, y)": torch.minimum,
    "hinge(x, y)": lambda x, y: F.relu(1 - x * y),
    "sqrt(sum((x - y)^2))": lambda x, y: (x - y).norm(),
    "abs(x - y)": lambda x, y: F.l1_loss(x, y, reduction="none"),
}


def case(call, run, **operands):
    leaves = {name: torch.tensor(numbers, dtype=torch.float64, requires_grad=True) for name, numbers in operands.items()}
    values = run(*leaves.values())
    values.sum().backward()
    numbers = lambda t: [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]
    return {"call": call, "operands": operands, "values": numbers(values),
            "gradients": {name: numbers(t.grad) for name, t in leaves.items()}}


def kink_cases():
    cases = [case(call, run, x=SPOTS) for call, run in ELEMENTWISE.items()]
    cases += [case("sqrt(sum(x * x))", lambda x: x.norm(), x=[0.0] * 4)]
    cases += [case(call, run, x=[0.0, 0.25, 1.0, 4.0]) for call, run in ROOTS.items()]
    cases += [case(call, run, x=[1, 2, -1, 0, 0.5], y=[1, 1, -1, 0, 2]) for call, run in TIES.items()]
    cases += [case(call, run, x=[3, 0, -2], y=[3, 0, -2]) for call, run in TIES.items()]
    cases += [case("x^y", torch.pow, x=[0, 0, 2, 2, 1, -2, -2], y=[0, 2, 0, 3, -1, 2, 3])]
    cases += [case("max(x)", lambda x: x.max(0)[0], x=[1, 3, 2, 3, 3]), case("min(x)", lambda x: x.min(0)[0], x=[2, 1, 1, 4])]
    return cases
