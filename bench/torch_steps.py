"""PyTorch's side of the training-step workloads, on the CPU.

    OMP_NUM_THREADS=2 python3 bench/torch_steps.py --threads 2 [--seconds 4] [WORKLOAD ...]

One JSON line per workload: the median and the least milliseconds of a whole training step (zero gradients, forward, loss,
backward, optimizer) and examples per second, characters for the text models. Random float32 data, the same every step.
"""
import argparse
import json
import statistics
import time
import torch
from torch import nn
from torch.nn import functional as F

WARM_UP = 3
LEAST = 3


def classifier(model, *image):
    """A step on one random batch of ten classes with SGD and momentum, and its number of examples."""
    x, y = torch.randn(*image), torch.randint(0, 10, image[:1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return step, image[0]


def mlp(times=1):
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    return classifier(model, times * 128, 784)


def lenet(times=1):
    windows = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    rows = [nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return classifier(nn.Sequential(*windows, *rows), times * 64, 1, 28, 28)


def conv_norm(depth, width, size, stride=1):
    return nn.Sequential(nn.Conv2d(depth, width, size, stride, size // 2, bias=False), nn.BatchNorm2d(width))


class Residual(nn.Module):
    """The basic block: two 3x3 convolutions beside an identity or a projection."""

    def __init__(self, depth, width, stride):
        super().__init__()
        self.body = nn.Sequential(conv_norm(depth, width, 3, stride), nn.ReLU(), conv_norm(width, width, 3))
        same = stride == 1 and depth == width
        self.skip = nn.Identity() if same else conv_norm(depth, width, 1, stride)

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


def resnet(widths, blocks):
    """For 32x32 images: a 3x3 stem, stages of `blocks` basic blocks, global average."""
    depth = widths[0]
    layers = [conv_norm(3, depth, 3), nn.ReLU()]
    for stage, width in enumerate(widths):
        for block in range(blocks):
            layers.append(Residual(depth, width, 2 if stage > 0 and block == 0 else 1))
            depth = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(depth, 10))


def resnet20(times=1):
    return classifier(resnet([16, 32, 64], 3), times * 32, 3, 32, 32)


def resnet18(times=1):
    return classifier(resnet([64, 128, 256, 512], 2), times * 8, 3, 32, 32)


def next_character(model, batch, steps, vocabulary=65):
    """A step of a language model on one random batch with Adam, and its number of characters."""
    x, y = (torch.randint(0, vocabulary, (batch, steps)) for _ in range(2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()
        optimizer.step()
    return step, batch * steps


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embed = nn.Embedding(65, 64)
        self.body = kind(64, 128, num_layers=2, batch_first=True)
        self.out = nn.Linear(128, 65)

    def forward(self, x):
        return self.out(self.body(self.embed(x))[0])


def charlstm(times=1):
    return next_character(Recurrent(nn.LSTM), times * 32, 64)


def chargru(times=1):
    return next_character(Recurrent(nn.GRU), times * 32, 64)


class Transformer(nn.Module):
    """Four pre-norm layers of width 128 with four heads, learned places."""

    def __init__(self, width=128, steps=128):
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.embed, self.place = nn.Embedding(65, width), nn.Parameter(torch.zeros(steps, width))
        self.body, self.out = nn.TransformerEncoder(layer, 4), nn.Linear(width, 65)
        self.register_buffer("mask", torch.full((steps, steps), float("-inf")).triu(1))

    def forward(self, x):
        return self.out(self.body(self.embed(x) + self.place, self.mask))


def transformer(times=1):
    return next_character(Transformer(), times * 16, 128)


def vae_loss(encoder, decoder, x):
    mean, logvar = encoder(x).chunk(2, 1)
    y = decoder(mean + torch.randn_like(mean) * (0.5 * logvar).exp())
    distance = F.binary_cross_entropy_with_logits(y, x, reduction="sum")
    return (distance - 0.5 * (1 + logvar - mean**2 - logvar.exp()).sum()) / x.shape[0]


def vae(times=1):
    encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 2 * 20))
    decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))
    x = torch.rand(times * 128, 784)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        vae_loss(encoder, decoder, x).backward()
        optimizer.step()
    return step, times * 128


def generator():
    return nn.Sequential(
        nn.Linear(100, 7 * 7 * 128), nn.Unflatten(1, (128, 7, 7)), nn.BatchNorm2d(128), nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(), nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Sigmoid())


def discriminator():
    return nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(7 * 7 * 128, 1))


def dcgan(times=1):
    """One step of the discriminator, then one of the generator, with the non-saturating loss."""
    batch = times * 64
    g, d, x = generator(), discriminator(), torch.rand(batch, 1, 28, 28)
    of_g, of_d = (torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (g, d))

    def step():
        of_d.zero_grad(set_to_none=True)
        fake = g(torch.randn(batch, 100)).detach()
        (F.softplus(-d(x)).mean() + F.softplus(d(fake)).mean()).backward()
        of_d.step()
        of_g.zero_grad(set_to_none=True)
        F.softplus(-d(g(torch.randn(batch, 100)))).mean().backward()
        of_g.step()
    return step, batch


WORKLOADS = {make.__name__: make for make in
             (mlp, lenet, charlstm, chargru, resnet20, resnet18, vae, dcgan, transformer)}


def measure(step, seconds):
    """Milliseconds of every step of a run of that many seconds."""
    for _ in range(WARM_UP):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < LEAST:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def report(name, threads, seconds):
    torch.manual_seed(0)
    step, examples = WORKLOADS[name]()
    times = measure(step, seconds)
    median = statistics.median(times)
    return {"workload": name, "threads": threads, "ms": round(median, 3), "min_ms": round(min(times), 3),
            "examples_per_second": round(examples / median * 1e3)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(WORKLOADS))
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    # Moments of units that have died are subnormal after some hundred steps, and slow on some processors.
    torch.set_flush_denormal(True)
    torch.set_num_threads(options.threads)
    for name in options.workloads or WORKLOADS:
        print(json.dumps(report(name, options.threads, options.seconds)), flush=True)


if __name__ == "__main__":
    main()
