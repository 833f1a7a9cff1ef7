"""More cases of `layers.json`: every argument of every layer, and where definitions have their edges.

Sequences and vectors in place of pictures, one place or one example, windows as large as their input, numbers at a kink.
"""
import torch
import torch.nn.functional as F
import depthlast as d
from cases import layer, loss
from formula import classes, real
from layers import affine_parameters, batchnorm_case, conv, dense_parameters, gate_parameters, pairs, pool, results, upconv


def plain(name, line, shape, run, scale=3.0, offset=0.0):
    """A layer without parameters on one input."""
    return layer(name, line, {"x": real(shape, scale, offset)}, {}, lambda x, p, s: run(x[0]))


def conv_edges():
    return [
        conv("conv window as large as its input", "conv 6x5 3", (6, 5), 3),
        conv("conv of one place", "conv 1x1 3", (1, 1), 3, shape=[2, 1, 1, 4]),
        conv("conv with an even window", "conv 2x4 3 p1", (2, 4), 3, padding=1),
        conv("conv with a stride for each axis", "conv 3x2 3 stride=1x2 padding=2x1", (3, 2), 3, stride=(1, 2), padding=(2, 1)),
        conv("conv with a dilation for each axis", "conv 3x2 3 dilation=2x3", (3, 2), 3, dilation=(2, 3)),
        conv("conv that steps over places", "conv 1x1 3 s3 floor", (1, 1), 3, stride=3),
        conv("conv floor", "conv 3x3 3 s2 floor", (3, 3), 3, stride=2),
        conv("conv with wide padding", "conv 3x3 2 p4", (3, 3), 2, padding=4),
        conv("conv over a sequence with everything", "conv 3 4 s2 p2 d2 g2", (3,), 4, shape=[2, 9, 6], groups=2, stride=2, padding=2,
             dilation=2),
        conv("conv depthwise, two filters each", "conv 3x3 8 p1 g4", (3, 3), 8, groups=4, padding=1),
    ]


def upconv_edges():
    return [
        upconv("upconv 1x1", "upconv 1x1 2", (1, 1), 2),
        upconv("upconv with a stride larger than its window", "upconv 2x2 2 s3", (2, 2), 2, stride=3),
        upconv("upconv with a stride for each axis", "upconv 3x4 2 stride=1x2 padding=1x0", (3, 4), 2, stride=(1, 2), padding=(1, 0)),
        upconv("upconv of one place", "upconv 4x4 2", (4, 4), 2, shape=(2, 1, 1, 3)),
        upconv("upconv with output padding", "upconv 3x3 2 s2 p1 output_padding=1", (3, 3), 2, stride=2, padding=1, output_padding=1),
        upconv("upconv with an output padding for each axis", "upconv 3x2 2 stride=3x2 output_padding=2x1", (3, 2), 2, stride=(3, 2),
               output_padding=(2, 1)),
        upconv("upconv dilated", "upconv 3x3 2 d2", (3, 3), 2, dilation=2),
        upconv("upconv in groups", "upconv 3x3 6 s2 g2", (3, 3), 6, shape=(2, 3, 4, 4), stride=2, groups=2),
        upconv("upconv depthwise", "upconv 2x2 4 s2 g4", (2, 2), 4, shape=(2, 3, 4, 4), stride=2, groups=4),
        upconv("upconv with everything", "upconv 3x2 4 s2 p1 d3 g2 output_padding=2", (3, 2), 4, shape=(2, 4, 5, 2), stride=2, padding=1,
               dilation=3, groups=2, output_padding=2),
        upconv("upconv over a sequence", "upconv 4 2 s2 p1", (4,), 2, shape=(2, 5, 3), stride=2, padding=1),
    ]


def pool_edges():
    even, odd, sequence = (2, 6, 4, 2), (2, 7, 6, 2), (2, 6, 3)
    return [
        pool("maxpool with a window for each axis", "maxpool 2x3 stride=2x1", lambda x: d.maxpool(x, (2, 3), stride=(2, 1)), even),
        pool("maxpool over a sequence", "maxpool 2", lambda x: d.maxpool(x, 2), sequence),
        pool("maxpool as large as its input", "maxpool 6x4", lambda x: d.maxpool(x, (6, 4)), even),
        pool("maxpool floor", "maxpool 3x3 s2 floor", lambda x: d.maxpool(x, 3, stride=2), odd),
        pool("maxpool ceil with padding", "maxpool 3x3 s2 p1 ceil", lambda x: d.maxpool(x, 3, stride=2, padding=1, ceil_mode=True), odd),
        plain("maxpool of negative numbers with padding", "maxpool 3x3 s1 p1", odd, lambda x: d.maxpool(x, 3, stride=1, padding=1), 1, -5),
        pool("maxpool global over a sequence", "maxpool global", lambda x: x.amax(1), sequence),
        pool("avgpool with a window for each axis", "avgpool 2x3 stride=2x1", lambda x: d.avgpool(x, (2, 3), stride=(2, 1)), even),
        pool("avgpool over a sequence", "avgpool 3 s1 p1", lambda x: d.avgpool(x, 3, stride=1, padding=1), sequence),
        pool("avgpool floor", "avgpool 3x3 s2 floor", lambda x: d.avgpool(x, 3, stride=2), odd),
        pool("avgpool ceil with padding", "avgpool 3x3 s2 p1 ceil", lambda x: d.avgpool(x, 3, stride=2, padding=1, ceil_mode=True), odd),
        pool("avgpool global over a sequence", "avgpool global", lambda x: x.mean(1), sequence),
        *[pool(f"lrn across {n}", f"lrn {n} alpha=0.5/{n} beta=0.6 k=1.5", lambda x, n=n: d.lrn(x, n, alpha=0.5, beta=0.6, k=1.5),
               (2, 3, 2, 5)) for n in (1, 2, 4, 7)],
        pool("lrn of a sequence", "lrn 3 alpha=0.1", lambda x: d.lrn(x, 3, alpha=0.3, beta=0.75, k=2.0), (2, 4, 5)),
        plain("upsample", "upsample", (2, 3, 2, 2), lambda x: d.depth_last(F.interpolate(d.depth_first(x), scale_factor=2))),
        plain("upsample three times", "upsample 3", (2, 2, 1, 2), lambda x: d.depth_last(F.interpolate(d.depth_first(x), scale_factor=3))),
        plain("flatten", "flatten", (2, 3, 2, 2), lambda x: x.flatten(1)),
    ]


def norm_edges():
    constant = {"x": real([3, 5], 0, 2)}
    return [
        batchnorm_case("batchnorm of a sequence in training", [2, 4, 3], True),
        batchnorm_case("batchnorm of three vectors", [3, 3], True),
        batchnorm_case("batchnorm of one picture", [1, 2, 3, 3], True),
        batchnorm_case("batchnorm of one vector in evaluation", [1, 4], False),
        batchnorm_case("batchnorm with another momentum and eps", [4, 3, 2, 3], True, "batchnorm momentum=0.7 eps=0.05", 0.7, 0.05),
        batchnorm_case("batchnorm that keeps its figures", [4, 3], True, "batchnorm momentum=1", 1.0),
        batchnorm_case("batchnorm that takes the last batch's figures", [4, 3], True, "batchnorm momentum=0", 0.0),
        batchnorm_case("batchnorm with another eps in evaluation", [4, 3], False, "batchnorm eps=0.05", 0.9, 0.05),
        layer("layernorm of vectors", "layernorm", {"x": real([3, 5], 2, 0.5)}, affine_parameters("layernorm1", 5),
              lambda x, p, s: F.layer_norm(x[0], x[0].shape[-1:], *p, 1e-5)),
        layer("layernorm with another eps", "layernorm eps=0.1", {"x": real([2, 2, 3, 4])}, affine_parameters("layernorm1", 4),
              lambda x, p, s: F.layer_norm(x[0], x[0].shape[-1:], *p, 0.1)),
        layer("layernorm of what does not vary", "layernorm", constant, affine_parameters("layernorm1", 5),
              lambda x, p, s: F.layer_norm(x[0], x[0].shape[-1:], *p, 1e-5)),
    ]


KINKED = {
    "relu": F.relu,
    "leaky_relu 0.2": lambda x: F.leaky_relu(x, 0.2),
    "leaky_relu 0": lambda x: F.leaky_relu(x, 0.0),
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softmax": lambda x: F.softmax(x, -1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
}


def activation_edges():
    cases = [plain(f"{line}, at zero", line, [2, 3], run, 0) for line, run in KINKED.items()]
    cases += [plain(f"{line}, small values", line, [2, 5], run, 1e-3) for line, run in KINKED.items()]
    causal = lambda x: F.softmax(x.masked_fill(torch.ones(4, 4).triu(1) > 0, float("-inf")), -1)
    return cases + [
        plain("leaky_relu as the course has it", "leaky_relu", [4, 5], lambda x: F.leaky_relu(x, 0.1)),
        plain("elu with another alpha", "elu 2.5", [4, 6], lambda x: F.elu(x, 2.5)),
        plain("softmax of one", "softmax", [3, 1], lambda x: F.softmax(x, -1)),
        plain("softmax of a picture", "softmax", [2, 2, 3, 4], lambda x: F.softmax(x, -1)),
        plain("softmax over some places", "softmax(it, where=index(it, -1) <= index(it, -2))", [2, 4, 4], causal),
        plain("log_softmax of very large values", "log_softmax", [3, 4], lambda x: F.log_softmax(x, -1), 1e4),
        plain("dropout in evaluation", "dropout 0.5", [3, 4], lambda x: F.dropout(x, 0.5, False)),
        maxout(),
    ]


def maxout():
    run = lambda x, p, s: d.dense(x[0], *p).reshape(3, 2, 4).amax(-1)
    return layer("maxout", "maxout 2 k=4", {"x": real([3, 5])}, dense_parameters("maxout1.dense1", 5, 8), run)


def residual():
    parameters = {**dense_parameters("residual1.dense1", 4, 6), **dense_parameters("residual1.dense2", 4, 6)}
    run = lambda x, p, s: torch.tanh(d.dense(x[0], *p[:2])) + d.dense(x[0], *p[2:])
    return layer("residual", "residual(skip={ dense 6 }) { dense 6; tanh }", {"x": real([3, 4])}, parameters, run)


def recurrent(name, line, shape, run, count, extra=None, prefix=None):
    kind = prefix or f"{line.split()[0]}1"
    parameters = {**gate_parameters(kind, count, shape[-1], 4), **(extra or {})}
    call = lambda x, p, s: results(run(x[0], *pairs(p)))
    return layer(name, line, {"x": real(shape)}, parameters, call)


def there_and_back(cell):
    def run(x, p, s):
        half = len(p) // 2
        there, back = (cell(each, *pairs(part))[0] for each, part in ((x[0], p[:half]), (x[0].flip(1), p[half:])))
        return torch.cat([there, back.flip(1)], -1)
    return run


def cell_edges():
    after = lambda depth: {f"gru_after1.{name}": t for name, t in
                           {**dense_parameters("dense3", depth, 4), **dense_parameters("dense4", 4, 4)}.items()}
    both = {f"bidirectional1.{k}": v for j in (1, 2) for k, v in gate_parameters(f"rnn{j}", 1, 3, 4).items()}
    last = lambda x, p, s: d.lstm(x[0], *pairs(p))[0][:, -1]
    each = lambda x, p, s: torch.tanh(d.dense(x[0], *p))
    return [
        recurrent("lstm of one step", "lstm 4", [2, 1, 3], d.lstm, 4),
        recurrent("rnn of one step", "rnn 4", [2, 1, 3], d.rnn, 1),
        recurrent("gru_after of one step", "gru_after 4", [2, 1, 2], d.gru_after, 2, after(2)),
        recurrent("lstm of one number a step", "lstm 4", [1, 7, 1], d.lstm, 4),
        layer("bidirectional rnn", "bidirectional { rnn 4 }", {"x": real([2, 5, 3])}, both, there_and_back(d.rnn)),
        layer("lstm and last", "lstm 4; last", {"x": real([2, 5, 3])}, gate_parameters("lstm1", 4, 3, 4), last),
        layer("each", "each { dense 4; tanh }", {"x": real([2, 5, 3])}, dense_parameters("each1.dense1", 3, 4), each),
        attention("attention to all steps", "attention 3", 3),
        attention("attention with one head", "attention 1 causal", 1, causal=True),
    ]


def attention(name, line, heads, causal=False):
    parameters = {**dense_parameters("attention1.dense1", 6, 18), **dense_parameters("attention1.dense2", 6, 6)}
    run = lambda x, p, s: d.attention(x[0], heads, *pairs(p), causal=causal)
    return layer(name, line, {"x": real([2, 4, 6])}, parameters, run)


def embed_edges():
    run = lambda x, p, s: F.embedding(x[0], p[0])
    return [
        layer("embed of one class", "embed 3", {"x": classes([4], 5)}, {"embed1.weight": real([5, 3])}, run),
        layer("embed of a picture of classes", "embed 2", {"x": classes([2, 2, 3], 4)}, {"embed1.weight": real([4, 2])}, run),
    ]


def edge_layer_cases():
    return [*conv_edges(), *upconv_edges(), *pool_edges(), *norm_edges(), *activation_edges(), residual(), *cell_edges(), *embed_edges()]


def masked(x, label):
    """Scores that are out of the question are -infinity: all that are not positive, but for the label's."""
    return x.masked_fill((x <= 0) & (F.one_hot(label, x.shape[-1]) == 0), float("-inf"))


def edge_loss_cases():
    sure = {"x": real([4, 3], 1e4), "label": classes([4], 3)}
    one = {"x": real([3, 1]), "label": classes([3], 1)}
    picture = {"x": real([2, 2, 3, 4]), "label": classes([2, 2, 3], 4)}
    five = {"x": real([4, 5], 3), "label": classes([4], 5)}
    hidden = "where(max(onehot(label), x > 0) > 0, x, -infinity)"
    ce = lambda x, label: F.cross_entropy(x.movedim(-1, 1), label, reduction="none")
    bce = lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none")
    return [
        loss("cross_entropy of the surest", "cross_entropy(x, label)", sure, ce),
        loss("cross_entropy of one class", "cross_entropy(x, label)", one, ce),
        loss("cross_entropy at every place", "cross_entropy(x, label)", picture, lambda x, label: ce(x, label).flatten(1).mean(1)),
        loss("cross_entropy of equal scores", "cross_entropy(x, label)", {"x": real([4, 5], 0), "label": classes([4], 5)}, ce),
        loss("cross_entropy beside scores that are out of the question", f"cross_entropy({hidden}, label)", five,
             lambda x, label: ce(masked(x, label), label)),
        loss("nll beside what cannot be", f"nll(log_softmax({hidden}), label)", five,
             lambda x, label: F.nll_loss(F.log_softmax(masked(x, label), 1), label, reduction="none")),
        loss("multiclass hinge beside scores that are out of the question", f"hinge({hidden}, label)", five,
             lambda x, label: F.multi_margin_loss(masked(x, label), label, reduction="none") * 5),
        loss("nll of log_softmax", "nll(log_softmax(x), label)", picture,
             lambda x, label: F.nll_loss(F.log_softmax(x.movedim(-1, 1), 1), label, reduction="none").flatten(1).mean(1)),
        loss("mse of numbers", "mse(x, y)", {"x": real([5]), "y": real([5])}, lambda x, y: (x - y) ** 2),
        loss("mse of what is equal", "mse(x, y)", {"x": real([3, 2], 0, 2), "y": real([3, 2], 0, 2)},
             lambda x, y: ((x - y) ** 2).mean(1) + 0 * x.sum()),
        loss("bce of zeros and ones", "bce(x, y)", {"x": real([6], 3), "y": real([6], 0, 1)}, bce),
        loss("bce of the surest", "bce(x, y)", {"x": real([6], 1e4), "y": real([6], 0, 0)}, bce),
        loss("bce at zero", "bce(x, y)", {"x": real([4], 0), "y": real([4], 0.5, 0.5)}, bce),
        loss("multiclass hinge of two", "hinge(x, label)", {"x": real([5, 2], 3), "label": classes([5], 2)},
             lambda x, label: F.multi_margin_loss(x, label, reduction="none") * 2),
    ]
