"""The cases of `layers.json` for optimizers (ten steps on small surfaces) and schedules (factors of the rate).

A surface is f(p) = sum of curvature * p^2 / 2: a ravine that is flat along its third axis, or a saddle. A trajectory holds
the point after each step.
"""
import torch
from torch.optim import lr_scheduler as schedules

STEPS = 10
SURFACES = {
    "ravine": {"start": [-1.5, 1.0, 0.5], "curvature": [1.0, 25.0, 0.0]},
    "saddle": {"start": [1.0, 1e-3, -0.25], "curvature": [1.0, -1.0, 0.5]},
}


def sgd(p, o):
    return torch.optim.SGD(p, o["lr"], o.get("momentum", 0), 0, o.get("decay", 0), o.get("nesterov", False))


def adam(p, o, kind=torch.optim.Adam):
    return kind(p, o["lr"], (o.get("beta1", 0.9), o.get("beta2", 0.999)), o.get("eps", 1e-8), o.get("decay", 0))


def adamw(p, o):
    return adam(p, o, torch.optim.AdamW)


def rmsprop(p, o):
    return torch.optim.RMSprop(p, o["lr"], o["rho"], o["eps"])


def adagrad(p, o):
    return torch.optim.Adagrad(p, o["lr"], eps=o["eps"])


class AheadNesterov:
    """The course's: the gradient is taken at p + rho * v, the rate stands inside v. (Not PyTorch's; the plain formula.)"""

    def __init__(self, p, o):
        self.p, self.lr, self.rho, self.v = p[0], o["lr"], o["rho"], torch.zeros_like(p[0])

    def ahead(self):
        return self.p + self.rho * self.v

    def step(self):
        with torch.no_grad():
            self.v = self.rho * self.v - self.lr * self.p.grad
            self.p += self.v

    def zero_grad(self):
        self.p.grad = None


# name: (how PyTorch makes it, kind, options)
OPTIMIZERS = {
    "sgd": (sgd, "sgd", {"lr": 0.03}),
    "sgd with decay": (sgd, "sgd", {"lr": 0.03, "decay": 0.1}),
    "sgd with momentum": (sgd, "sgd", {"lr": 0.02, "momentum": 0.9}),
    "sgd with momentum and decay": (sgd, "sgd", {"lr": 0.02, "momentum": 0.9, "decay": 0.1}),
    "sgd with nesterov": (sgd, "sgd", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "sgd with nesterov and decay": (sgd, "sgd", {"lr": 0.02, "momentum": 0.9, "nesterov": True, "decay": 0.1}),
    "momentum": (lambda p, o: torch.optim.SGD(p, o["lr"], o["rho"]), "momentum", {"lr": 0.02, "rho": 0.8}),
    "nesterov": (AheadNesterov, "nesterov", {"lr": 0.02, "rho": 0.9}),
    "adam": (adam, "adam", {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}),
    "adam with other betas": (adam, "adam", {"lr": 0.1, "beta1": 0.5, "beta2": 0.99, "eps": 1e-3}),
    "adamw": (adamw, "adamw", {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "decay": 0.1}),
    "rmsprop": (rmsprop, "rmsprop", {"lr": 0.05, "rho": 0.99, "eps": 1e-8}),
    "rmsprop with other decay": (rmsprop, "rmsprop", {"lr": 0.05, "rho": 0.9, "eps": 1e-3}),
    "adagrad": (adagrad, "adagrad", {"lr": 0.3, "eps": 1e-10}),
    # Edges: nothing moves, nothing is remembered, everything decays, the gradient is zero along one axis.
    "sgd that stands still": (sgd, "sgd", {"lr": 0.0, "momentum": 0.9, "decay": 0.1}),
    "sgd with much momentum": (sgd, "sgd", {"lr": 1e-3, "momentum": 0.999, "nesterov": True}),
    "sgd that only decays": (sgd, "sgd", {"lr": 1e-9, "decay": 1e8}),
    "momentum without any": (lambda p, o: torch.optim.SGD(p, o["lr"], o["rho"]), "momentum", {"lr": 0.02, "rho": 0.0}),
    "nesterov without any": (AheadNesterov, "nesterov", {"lr": 0.02, "rho": 0.0}),
    "adam without memory": (adam, "adam", {"lr": 0.1, "beta1": 0.0, "beta2": 0.0, "eps": 1e-8}),
    "adam with a large eps": (adam, "adam", {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 10.0}),
    "adam with a long memory": (adam, "adam", {"lr": 0.1, "beta1": 0.999, "beta2": 0.9999, "eps": 1e-8}),
    "adamw without decay": (adamw, "adamw", {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "decay": 0.0}),
    "adamw with much decay": (adamw, "adamw", {"lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": 1e-8, "decay": 5.0}),
    "rmsprop with little memory": (rmsprop, "rmsprop", {"lr": 0.05, "rho": 0.1, "eps": 0.5}),
    "adagrad with a large eps": (adagrad, "adagrad", {"lr": 0.3, "eps": 0.5}),
}


def digits(values):
    return [float(f"{v:.9g}") for v in values]


def trajectory(make, options, surface):
    p = torch.tensor(surface["start"], dtype=torch.float64, requires_grad=True)
    curvature = torch.tensor(surface["curvature"], dtype=torch.float64)
    optimizer, points = make([p], options), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        at = optimizer.ahead() if isinstance(optimizer, AheadNesterov) else p
        (curvature * at**2 / 2).sum().backward()
        optimizer.step()
        points.append(digits(p.tolist()))
    return points


def optimizer_cases():
    return [{"name": name, "kind": kind, "options": options, "surface": surface, "points": trajectory(make, options, facts)}
            for name, (make, kind, options) in OPTIMIZERS.items() for surface, facts in SURFACES.items()]


def factors(make, times):
    """[t, factor] of a PyTorch scheduler at whole t."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    scheduler, points = make(optimizer), []
    for t in range(times):
        points.append([t, *digits(scheduler.get_last_lr())])
        optimizer.step()
        scheduler.step()
    return points


def restarts(period, growth, low, times):
    """The same at fractions of an epoch, which only this scheduler takes."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    scheduler, points = schedules.CosineAnnealingWarmRestarts(optimizer, period, growth, low), []
    for t in times:
        optimizer.step()
        scheduler.step(t)
        points.append([t, *digits(scheduler.get_last_lr())])
    return points


def schedule(kind, options, points):
    return {"kind": kind, "options": options, "points": points}


def schedule_cases():
    quarters = [t / 4 for t in range(28)]
    return [
        schedule("step", {"every": 3, "factor": 0.1}, factors(lambda o: schedules.StepLR(o, 3, 0.1), 10)),
        schedule("step", {"every": 2, "factor": 0.5}, factors(lambda o: schedules.StepLR(o, 2, 0.5), 10)),
        schedule("exponential", {"rate": 0.9}, factors(lambda o: schedules.ExponentialLR(o, 0.9), 10)),
        schedule("cosine", {"total": 8, "low": 0.0}, factors(lambda o: schedules.CosineAnnealingLR(o, 8, 0.0), 9)),
        schedule("cosine", {"total": 8, "low": 0.1}, factors(lambda o: schedules.CosineAnnealingLR(o, 8, 0.1), 9)),
        schedule("sgdr", {"period": 2, "growth": 2, "low": 0.0}, restarts(2, 2, 0.0, quarters)),
        schedule("sgdr", {"period": 3, "growth": 1, "low": 0.1}, restarts(3, 1, 0.1, quarters)),
        schedule("warmup", {"length": 4}, factors(lambda o: schedules.LambdaLR(o, lambda t: min(1, t / 4)), 9)),
        schedule("warmup", {"length": 4, "low": 0.25}, factors(lambda o: schedules.LinearLR(o, 0.25, 1, 4), 9)),
        schedule("cosine", {"total": 1, "low": 0.5}, factors(lambda o: schedules.CosineAnnealingLR(o, 1, 0.5), 2)),
        schedule("step", {"every": 1, "factor": 0.9}, factors(lambda o: schedules.StepLR(o, 1, 0.9), 10)),
        schedule("exponential", {"rate": 1.0}, factors(lambda o: schedules.ExponentialLR(o, 1.0), 5)),
        schedule("sgdr", {"period": 1, "growth": 3, "low": 0.0}, restarts(1, 3, 0.0, quarters)),
        schedule("sgdr", {"period": 5, "growth": 1, "low": 1.0}, restarts(5, 1, 1.0, quarters)),
        schedule("sweep", {"low": 0.25, "high": 4, "length": 4}, [[t, *digits([0.25 * 16 ** min(1, t / 4)])] for t in quarters]),
        schedule("inverse", {"rate": 0.5}, [[t, *digits([1 / (1 + 0.5 * t)])] for t in quarters]),
    ]
