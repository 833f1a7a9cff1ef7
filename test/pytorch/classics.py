"""One training step of each classic network at its real size: the loss, and two figures of each parameter's gradient.

A forward pass makes its parameters as it meets them, numbered from 1, in the order of our programs. What is stored of a
gradient is its length and how far it reaches along another tensor of the formula, both over every `stride`-th element: together
they tell a gradient from one that is transposed, shifted, scaled or of another parameter. Dropout is left out.
"""
import numpy as np
import torch
import torch.nn.functional as F
import depthlast as d
from formula import biases, classes, hashes, make, real, weight

LABEL, DIRECTION = 1001, 5000
CLASSES = 1000
SAMPLED = 20000


class Net:
    """Makes the parameters of a forward pass, in float64 or float32."""

    def __init__(self, dtype):
        self.dtype, self.rows, self.tensors = dtype, [], []

    def param(self, row):
        self.rows.append({**row, "k": len(self.rows) + 1})
        self.tensors.append(torch.from_numpy(make(self.rows[-1])).to(self.dtype).requires_grad_())
        return self.tensors[-1]

    def conv(self, x, size, n, groups=1, bias=True, **options):
        depth = x.shape[-1] // groups
        kernel = self.param(weight([size, size, depth, n], size * size * depth))
        return d.conv(x, kernel, self.param(biases([n])) if bias else None, groups=groups, **options)

    def conv_relu(self, x, size, n, **options):
        return F.relu(self.conv(x, size, n, **options))

    def dense(self, x, n):
        return d.dense(x, self.param(weight([x.shape[-1], n], x.shape[-1])), self.param(biases([n])))

    def batchnorm(self, x, at):
        n = x.shape[-1]
        return d.batchnorm(x, self.param(real([n], 0.1 * at[0], at[0])), self.param(real([n], 0.05, at[1])))

    def conv_norm(self, x, size, n, at, **options):
        return self.batchnorm(self.conv(x, size, n, bias=False, **options), at)


def lrn(x):
    """PyTorch divides its alpha by the number of channels."""
    return d.lrn(x, 5, alpha=5 * 1e-4, beta=0.75, k=2.0)


def head(net, x, widths=(4096, 4096)):
    x = x.flatten(1)
    for width in widths:
        x = F.relu(net.dense(x, width))
    return net.dense(x, CLASSES)


def alexnet(net, x):
    x = d.maxpool(lrn(net.conv_relu(x, 11, 96, stride=4)), 3, stride=2)
    x = d.maxpool(lrn(net.conv_relu(x, 5, 256, padding=2, groups=2)), 3, stride=2)
    x = net.conv_relu(x, 3, 384, padding=1)
    x = net.conv_relu(x, 3, 384, padding=1, groups=2)
    return head(net, d.maxpool(net.conv_relu(x, 3, 256, padding=1, groups=2), 3, stride=2))


def vgg(counts):
    def forward(net, x):
        for width, count in zip([64, 128, 256, 512, 512], counts):
            for _ in range(count):
                x = net.conv_relu(x, 3, width, padding=1)
            x = d.maxpool(x, 2)
        return head(net, x)
    return forward


def inception(net, x, a, b, c, e, f, g):
    one = net.conv_relu(x, 1, a)
    three = net.conv_relu(net.conv_relu(x, 1, b), 3, c, padding=1)
    five = net.conv_relu(net.conv_relu(x, 1, e), 5, f, padding=2)
    pooled = net.conv_relu(d.maxpool(x, 3, stride=1, padding=1), 1, g)
    return torch.cat([one, three, five, pooled], -1)


INCEPTIONS = [
    [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)],
    [(192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64),
     (256, 160, 320, 32, 128, 128)],
    [(256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)],
]


def googlenet(net, x):
    x = lrn(d.maxpool(net.conv_relu(x, 7, 64, stride=2, padding=3), 3, stride=2, ceil_mode=True))
    x = lrn(net.conv_relu(net.conv_relu(x, 1, 64), 3, 192, padding=1))
    for modules in INCEPTIONS:
        x = d.maxpool(x, 3, stride=2, ceil_mode=True)
        for module in modules:
            x = inception(net, x, *module)
    return net.dense(x.mean((1, 2)), CLASSES)


# Scale and bias of batch norms: most activations stand clear of relu's corner, where rounding would decide their course, and
# branches add little, so that the last layers of a deep net still see its input (as in models.py).
CLEAR, BRANCH = (0.3, 0.6), (0.1, 0.1)


def basic(net, x, width, stride):
    y = F.relu(net.conv_norm(x, 3, width, CLEAR, stride=stride, padding=1))
    y = net.conv_norm(y, 3, width, BRANCH, padding=1)
    return F.relu(y + (x if y.shape == x.shape else net.conv_norm(x, 1, width, CLEAR, stride=stride)))


def bottleneck(net, x, width, stride):
    y = F.relu(net.conv_norm(x, 1, width, CLEAR))
    y = F.relu(net.conv_norm(y, 3, width, CLEAR, stride=stride, padding=1))
    y = net.conv_norm(y, 1, 4 * width, BRANCH)
    return F.relu(y + (x if y.shape == x.shape else net.conv_norm(x, 1, 4 * width, CLEAR, stride=stride)))


def resnet(block, counts):
    def forward(net, x):
        x = F.relu(net.conv_norm(x, 7, 64, CLEAR, stride=2, padding=3))
        x = d.maxpool(x, 3, stride=2, padding=1)
        for width, count in zip([64, 128, 256, 512], counts):
            for b in range(count):
                x = block(net, x, width, 2 if b == 0 and width != 64 else 1)
        return net.dense(x.mean((1, 2)), CLASSES)
    return forward


# name: (size, the image's number, forward); with these images the fewest maxima of windows lie so near each other that rounding
# decides between them.
CLASSICS = {
    "alexnet": (227, 1010, alexnet),
    "vgg16": (224, 1020, vgg([2, 2, 3, 3, 3])),
    "vgg19": (224, 1000, vgg([2, 2, 4, 4, 4])),
    "googlenet": (224, 1000, googlenet),
    "resnet18": (224, 1000, resnet(basic, [2, 2, 2, 2])),
    "resnet50": (224, 1000, resnet(bottleneck, [3, 4, 6, 3])),
    "resnet152": (224, 1000, resnet(bottleneck, [3, 8, 36, 3])),
}


def stride_of(count):
    """Odd, so that it is no divisor of a width."""
    return max(1, count // SAMPLED) | 1


def figures(row, gradient):
    """Length and reach of every stride-th element, in float64."""
    stride = stride_of(gradient.size)
    sampled = gradient.ravel()[::stride].astype(np.float64)
    places = np.arange(0, gradient.size, stride)
    direction = (hashes(gradient.size, DIRECTION + row["k"])[places] >> np.uint32(8)) / 2.0**23 - 1
    return np.linalg.norm(sampled), sampled @ direction


def one_step(name, dtype):
    size, number, forward = CLASSICS[name]
    net = Net(dtype)
    image = torch.from_numpy(make({**real([1, size, size, 3]), "k": number})).to(dtype)
    label = torch.from_numpy(make({**classes([1], CLASSES), "k": LABEL}))
    loss = F.cross_entropy(forward(net, image), label)
    loss.backward()
    return loss.item(), net.rows, [figures(r, t.grad.numpy()) for r, t in zip(net.rows, net.tensors)]


def nine_digits(x):
    return float(f"{x:.9g}")


def drift(exact, rounded):
    """How far rounding to float32 alone leads away: of the loss, and of the worst gradient, relative to its length."""
    floor = 1e-4 * max(length for length, _ in exact[2])
    worst = max(max(abs(a[0] - b[0]), abs(a[1] - b[1])) / max(a[0], floor) for a, b in zip(exact[2], rounded[2]))
    return {"loss": float(f"{abs(1 - rounded[0] / exact[0]):.2g}"), "gradient": float(f"{worst:.2g}")}


def classic_case(name):
    exact, rounded = one_step(name, torch.float64), one_step(name, torch.float32)
    parameters = [{**row, "length": nine_digits(a), "reach": nine_digits(b)} for row, (a, b) in zip(exact[1], exact[2])]
    size, image, _ = CLASSICS[name]
    return {"name": name, "size": size, "image": image, "label": LABEL, "loss": nine_digits(exact[0]),
            "drift": drift(exact, rounded), "parameters": parameters}
