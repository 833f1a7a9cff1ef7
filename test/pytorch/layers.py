"""The cases of `layers.json` for layers, cells, activations and losses.

Each names the line of the language that it checks; parameters are named as that line would name them in a model.
"""
import torch
import torch.nn.functional as F
import cells
import depthlast as d
from cases import layer, loss
from formula import biases, classes, real, scales, weight

MAP = [2, 6, 5, 4]  # batch, height, width, depth: all different
SEQUENCE = [2, 5, 3]  # batch, time, depth


def dense_parameters(name, depth, n, bias=True):
    parameters = {f"{name}.weight": weight([depth, n], depth)}
    return {**parameters, f"{name}.bias": biases([n])} if bias else parameters


def affine_parameters(name, depth):
    return {f"{name}.scale": scales([depth]), f"{name}.bias": biases([depth])}


def dense_cases():
    run = lambda x, p, s: d.dense(x[0], *p)
    return [
        layer("dense", "dense 5", {"x": real([3, 4])}, dense_parameters("dense1", 4, 5), run),
        layer("dense on a sequence", "dense 5", {"x": real([2, 3, 4])}, dense_parameters("dense1", 4, 5), run),
        layer("dense without bias", "dense 5 nobias", {"x": real([3, 4])}, dense_parameters("dense1", 4, 5, False), run),
    ]


def conv(name, line, size, n, shape=MAP, bias=True, groups=1, **options):
    depth = shape[-1] // groups
    fan_in = depth * torch.Size(size).numel()
    parameters = {"conv1.weight": weight([*size, depth, n], fan_in), **({"conv1.bias": biases([n])} if bias else {})}
    run = lambda x, p, s: d.conv(x[0], *p, groups=groups, **options)
    return layer(name, line, {"x": real(shape)}, parameters, run)


def conv_cases():
    return [
        conv("conv", "conv 3x3 3", (3, 3), 3),
        conv("conv 1x1", "conv 1x1 3", (1, 1), 3),
        conv("conv with padding, no bias", "conv 3x3 3 p1 nobias", (3, 3), 3, bias=False, padding=1),
        conv("conv with stride", "conv 3x3 3 s2 p1", (3, 3), 3, stride=2, padding=1),
        conv("conv 1x1 with stride", "conv 1x1 3 s2", (1, 1), 3, stride=2),
        conv("conv with dilation", "conv 3x3 3 d2 p2", (3, 3), 3, dilation=2, padding=2),
        conv("conv in groups", "conv 3x3 6 p1 g2", (3, 3), 6, groups=2, padding=1),
        conv("conv depthwise", "conv 3x3 4 p1 g4", (3, 3), 4, groups=4, padding=1),
        conv("conv with everything", "conv 2x3 4 s2 p2 d2 g2", (2, 3), 4, groups=2, stride=2, padding=2, dilation=2),
        conv("conv over volumes", "conv 2x3x2 2 s2 p1", (2, 3, 2), 2, shape=[2, 4, 3, 4, 2], stride=2, padding=1),
        conv("conv over a sequence", "conv 3 4 p1", (3,), 4, shape=[2, 6, 3], padding=1),
    ]


def upconv(name, line, size, n, shape=(2, 3, 4, 3), bias=True, **options):
    channels = shape[-1] // options.get("groups", 1)
    parameters = {"upconv1.weight": weight([*size, channels, n], channels * torch.Size(size).numel())}
    parameters |= {"upconv1.bias": biases([n])} if bias else {}
    return layer(name, line, {"x": real(shape)}, parameters, lambda x, p, s: d.upconv(x[0], *p, **options))


def upconv_cases():
    return [
        upconv("upconv", "upconv 3x3 2", (3, 3), 2),
        upconv("upconv with stride", "upconv 2x2 2 s2", (2, 2), 2, stride=2),
        upconv("upconv with stride and padding", "upconv 4x4 2 s2 p1", (4, 4), 2, stride=2, padding=1),
        upconv("upconv over volumes", "upconv 2x2x3 2 s2", (2, 2, 3), 2, shape=(2, 2, 3, 2, 2), stride=2),
        upconv("upconv without bias", "upconv 3x2 2 s2 nobias", (3, 2), 2, bias=False, stride=2),
    ]


def pool(name, line, run, shape=(2, 6, 5, 2), note=None):
    return layer(name, line, {"x": real(shape)}, {}, lambda x, p, s: run(x[0]), note=note)


def pool_cases():
    even, odd = (2, 6, 4, 2), (2, 7, 6, 2)
    windows = [
        ("sequences", "[3] s2 p1", (2, 7, 2), {"kernel_size": 3, "stride": 2, "padding": 1}),
        ("sequences, ceil", "[3] s2 ceil", (2, 8, 2), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
        ("volumes", "2x2x2", (2, 4, 2, 4, 2), {"kernel_size": 2}),
        ("volumes, overlapping", "3x2x3 stride=[2, 1, 1] padding=[1, 1, 0]", (2, 5, 3, 4, 2),
         {"kernel_size": (3, 2, 3), "stride": (2, 1, 1), "padding": (1, 1, 0)}),
        ("volumes, floor", "2x2x2 floor", (2, 5, 3, 4, 1), {"kernel_size": 2}),
        ("volumes, ceil", "3x2x2 s2 p1 ceil", (2, 6, 4, 3, 1),
         {"kernel_size": (3, 2, 2), "stride": 2, "padding": 1, "ceil_mode": True}),
    ]
    cut = "PyTorch divides by the part of the window that lies on the input or its padding"
    return [
        pool("maxpool", "maxpool 2x2", lambda x: d.maxpool(x, 2), even),
        pool("maxpool with padding", "maxpool 3x3 s2 p1", lambda x: d.maxpool(x, 3, stride=2, padding=1)),
        pool("maxpool, overlapping", "maxpool 3x3 s1 p1", lambda x: d.maxpool(x, 3, stride=1, padding=1)),
        pool("maxpool ceil", "maxpool 3x3 s2 ceil", lambda x: d.maxpool(x, 3, stride=2, ceil_mode=True), odd),
        pool("maxpool global", "maxpool global", lambda x: x.amax((1, 2))),
        pool("avgpool", "avgpool 2x2", lambda x: d.avgpool(x, 2), even),
        pool("avgpool with padding", "avgpool 3x3 s2 p1", lambda x: d.avgpool(x, 3, stride=2, padding=1)),
        pool("avgpool ceil", "avgpool 3x3 s2 ceil", lambda x: d.avgpool(x, 3, stride=2, ceil_mode=True), odd, cut),
        pool("avgpool global", "avgpool global", lambda x: x.mean((1, 2))),
        *(pool(f"{kind} of {what}", f"{kind} {line}", lambda x, run=run, o=o: run(x, **o), shape)
          for kind, run in (("maxpool", d.maxpool), ("avgpool", d.avgpool)) for what, line, shape, o in windows),
        pool("maxpool global of volumes", "maxpool global", lambda x: x.amax((1, 2, 3)), (2, 3, 4, 3, 2)),
        pool("avgpool global of volumes", "avgpool global", lambda x: x.mean((1, 2, 3)), (2, 3, 4, 3, 2)),
        pool("lrn", "lrn 5 alpha=1e-4/5", lambda x: d.lrn(x, 5, alpha=1e-4, beta=0.75, k=2.0), (2, 3, 2, 8),
             "k + alpha / size * sum of squares, to the power of beta: alpha = 1e-4, beta = 0.75, k = 2"),
        pool("lrn, strong", "lrn 3 alpha=0.5/3 k=1", lambda x: d.lrn(x, 3, alpha=0.5, beta=0.75, k=1.0), (2, 3, 2, 8),
             "alpha = 0.5, beta = 0.75, k = 1"),
    ]


def batchnorm_case(name, shape, training, line="batchnorm", momentum=0.9, eps=1e-5):
    depth = shape[-1]
    states = {"batchnorm1.mean": real([depth]), "batchnorm1.variance": real([depth], 0.5, 1)}
    run = lambda x, p, s: d.batchnorm(x[0], *p, *([None, None] if training else s), eps)
    moved = lambda x, s: dict(zip(states, d.running(x[0], *s, momentum)))
    return layer(name, line, {"x": real(shape, 2, 0.5)}, affine_parameters("batchnorm1", depth), run, states,
                 moved if training else None)


def layernorm(x, p, s):
    return F.layer_norm(x[0], x[0].shape[-1:], *p, 1e-5)


def norm_cases():
    return [
        batchnorm_case("batchnorm in training", [4, 3, 2, 3], True),
        batchnorm_case("batchnorm of vectors in training", [5, 4], True),
        batchnorm_case("batchnorm in evaluation", [4, 3, 2, 3], False),
        layer("layernorm", "layernorm", {"x": real([2, 3, 6], 2, 0.5)}, affine_parameters("layernorm1", 6), layernorm),
    ]


def embed_cases():
    inputs, parameters = {"x": classes([3, 6], 7)}, {"embed1.weight": real([7, 4])}
    return [layer("embed", "embed 4", inputs, parameters, lambda x, p, s: F.embedding(x[0], p[0]))]


ACTIVATIONS = {
    "relu": F.relu,
    "leaky_relu 0.1": lambda x: F.leaky_relu(x, 0.1),
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": lambda x: F.softplus(x, threshold=200),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda x: F.softmax(x, -1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
}


def activation_cases():
    cases = []
    for line, run in ACTIVATIONS.items():
        for scale, name in ((3, line), (30, f"{line}, large values")):
            cases.append(layer(name, line, {"x": real([4, 6], scale)}, {}, lambda x, p, s: run(x[0])))
    return cases


def gate_parameters(name, count, depth, n):
    rows = {}
    for k in range(1, count + 1):
        rows |= dense_parameters(f"{name}.dense{k}", depth + n, n)
    return rows


def pairs(parameters):
    return list(zip(parameters[::2], parameters[1::2]))


def results(values):
    """The outputs of a cell: all steps, and the last states."""
    return dict(zip(("y", "h", "c"), values))


def cell(line, count, run, extra=None, note=None, name=None, **more):
    kind = line.split()[0]
    parameters = {**gate_parameters(f"{kind}1", count, 3, 4), **(extra or {})}
    inputs = {"x": real(SEQUENCE), **more}
    call = lambda x, p, s: results(run(x[0], *pairs(p), *x[1:]))
    return layer(name or kind, line, inputs, parameters, call, note=note)


def peephole_case():
    peepholes = {f"lstm_peephole1.{name}": biases([4]) for name in ("pf", "pi", "po")}
    parameters = {**peepholes, **gate_parameters("lstm_peephole1", 4, 3, 4)}
    run = lambda x, p, s: results(cells.lstm_peephole(x[0], *p[:3], *pairs(p[3:])))
    return layer("lstm_peephole", "lstm_peephole 4", {"x": real(SEQUENCE)}, parameters, run,
                 note="written out; dense1 to dense4 are f, i, g and o")


def both_ways(x, p, s):
    there, back = (d.lstm(each, *pairs(half))[0] for each, half in ((x[0], p[:8]), (x[0].flip(1), p[8:])))
    return torch.cat([there, back.flip(1)], -1)


def bidirectional_case():
    parameters = {f"bidirectional1.{k}": v for j in (1, 2) for k, v in gate_parameters(f"lstm{j}", 4, 3, 4).items()}
    return layer("bidirectional lstm", "bidirectional { lstm 4 }", {"x": real(SEQUENCE)}, parameters, both_ways)


def attention_case():
    parameters = {**dense_parameters("attention1.dense1", 6, 18), **dense_parameters("attention1.dense2", 6, 6)}
    run = lambda x, p, s: d.attention(x[0], 2, *pairs(p))
    return layer("attention", "attention 2", {"x": real([2, 4, 6])}, parameters, run,
                 note="causal; dense1 gives queries, keys and values")


def cell_cases():
    after = {f"gru_after1.{name}": t for name, t in
             {**dense_parameters("dense3", 3, 4), **dense_parameters("dense4", 4, 4)}.items()}
    given = {"h": real([2, 4]), "c": real([2, 4])}
    return [
        cell("lstm 4", 4, d.lstm, note="dense1 to dense4 are f, i, o and g"),
        cell("lstm 4 h=h c=c", 4, d.lstm, name="lstm from given states", **given),
        cell("rnn 4", 1, d.rnn),
        cell("gru_after 4", 2, d.gru_after, after,
             "PyTorch's: dense1 is z, dense2 r, dense3 sees the input and dense4 the state, h = (1 - z) * new + z * h"),
        cell("gru 4", 3, cells.gru, note="written out, reset before: dense1 is z, dense2 r, h = (1 - z) * h + z * new"),
        cell("lstm_coupled 4", 3, cells.lstm_coupled, note="written out; dense1 to dense3 are f, o and g"),
        peephole_case(),
        bidirectional_case(),
        attention_case(),
    ]


def layer_cases():
    return [*dense_cases(), *conv_cases(), *upconv_cases(), *pool_cases(), *norm_cases(), *embed_cases(),
            *activation_cases(), *cell_cases()]


def cross_entropy(x, label):
    return F.cross_entropy(x.movedim(-1, 1), label, reduction="none")


def bce(x, target):
    return F.binary_cross_entropy_with_logits(x, target, reduction="none")


def multiclass_hinge(x, label):
    """PyTorch divides by the number of classes; here it is the sum over the wrong classes."""
    return F.multi_margin_loss(x, label, reduction="none") * x.shape[-1]


def squared(x, target):
    return ((x - target) ** 2).flatten(1).mean(1)


def probabilities(shape):
    return real(shape, 0.5, 0.5)


def loss_cases():
    four = {"x": real([4, 5], 3), "label": classes([4], 5)}
    large = {"x": real([4, 5], 60), "label": classes([4], 5)}
    text = {"x": real([2, 3, 5], 3), "label": classes([2, 3], 5)}
    return [
        loss("cross_entropy", "cross_entropy(x, label)", four, cross_entropy),
        loss("cross_entropy, large values", "cross_entropy(x, label)", large, cross_entropy),
        loss("cross_entropy of a sequence", "cross_entropy(x, label)", text, cross_entropy),
        loss("nll", "nll(x, label)", four, lambda x, label: F.nll_loss(x, label, reduction="none")),
        loss("mse", "mse(x, y)", {"x": real([4, 3]), "y": real([4, 3])}, squared),
        loss("mse of images", "mse(x, y)", {"x": real([2, 3, 2, 1]), "y": real([2, 3, 2, 1])}, squared),
        loss("bce", "bce(x, y)", {"x": real([4, 3], 3), "y": probabilities([4, 3])}, bce, "x are logits"),
        loss("bce, large values", "bce(x, y)", {"x": real([4, 3], 60), "y": probabilities([4, 3])}, bce),
        loss("hinge", "hinge(x, y)", {"x": real([8], 2), "y": real([8])},
             lambda x, y: F.relu(1 - x * torch.sign(y)), "plain formula max(0, 1 - x * sign(y))"),
        loss("multiclass hinge", "hinge(x, label)", four, multiclass_hinge,
             "sum over the wrong classes of max(0, 1 + x[j] - x[label])"),
    ]
