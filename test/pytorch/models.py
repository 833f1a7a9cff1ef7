"""The models that train for ten steps: the tables of their parameters, their batches and their forward passes.

A table's rows stand in the order in which a forward pass meets the parameters; forward passes take them in that order and
never by name, so a row can be renamed without touching anything else.
"""
import torch
import torch.nn.functional as F
import depthlast as d
from formula import biases, classes, real, weight


# Rows of a table: (name, tensor).

def dense_rows(name, depth, n):
    return [(f"{name}.weight", weight([depth, n], depth)), (f"{name}.bias", biases([n]))]


def conv_rows(name, size, depth, n, bias=True):
    rows = [(f"{name}.weight", weight([size, size, depth, n], size * size * depth))]
    return rows + ([(f"{name}.bias", biases([n]))] if bias else [])


def batchnorm_rows(name, depth, scale_at=1, bias_at=0):
    return [(f"{name}.scale", real([depth], 0.1 * scale_at, scale_at)), (f"{name}.bias", real([depth], 0.05, bias_at))]


def embed_rows(name, count, n):
    return [(f"{name}.weight", real([count, n]))]


def gate_rows(name, count, depth, n):
    return [row for k in range(1, count + 1) for row in dense_rows(f"{name}.dense{k}", depth + n, n)]


def lstm_rows(name, depth, n):
    """dense1 to dense4 are the gates f, i, o and g."""
    return gate_rows(name, 4, depth, n)


def rnn_rows(name, depth, n):
    return gate_rows(name, 1, depth, n)


def gru_after_rows(name, depth, n):
    """dense1 and dense2 are z and r; dense3 sees the input and dense4 the state."""
    return gate_rows(name, 2, depth, n) + dense_rows(f"{name}.dense3", depth, n) + dense_rows(f"{name}.dense4", n, n)


# The residual network starts where rounding does not decide its course. With scales of 1 and biases of 0 thousands of
# activations stand at relu's corner, each that falls to the other side changes gradients by a thousandth, and PyTorch in
# float32 differs from PyTorch in float64 by 0.6 after ten steps; with biases of two scales it is a few millionths. Smaller
# convolutions, which batch norm undoes, make their own steps large enough to be seen.
SMALL = 0.3
CLEAR = {"scale_at": 0.3, "bias_at": 0.6}
BRANCH = {"scale_at": 0.1, "bias_at": 0.1}


def conv_batchnorm_rows(scope, k, size, depth, n, at):
    (name, kernel), = conv_rows(f"{scope}.conv{k}", size, depth, n, False)
    return [(name, {**kernel, "scale": SMALL * kernel["scale"]}), *batchnorm_rows(f"{scope}.batchnorm{k}", n, **at)]


def basic_rows(name, depth, n, stride):
    """conv1 and conv2 are the body, conv3 is the projection beside it."""
    inner = f"{name}.residual1"
    rows = conv_batchnorm_rows(inner, 1, 3, depth, n, CLEAR) + conv_batchnorm_rows(inner, 2, 3, n, n, BRANCH)
    return rows + (conv_batchnorm_rows(inner, 3, 1, depth, n, CLEAR) if projects(depth, n, stride) else [])


def projects(depth, n, stride):
    return stride != 1 or depth != n


def resnet_blocks(widths, count):
    """(depth, width, stride) of every basic block."""
    blocks, depth = [], widths[0]
    for width in widths:
        for b in range(count):
            blocks.append((depth, width, 2 if b == 0 and width != widths[0] else 1))
            depth = width
    return blocks


RESNET20 = resnet_blocks([16, 32, 64], 3)


def resnet20_rows():
    rows = conv_batchnorm_rows("resnet20", 1, 3, 3, 16, CLEAR)
    for k, block in enumerate(RESNET20, 1):
        rows += basic_rows(f"resnet20.basic{k}", *block)
    return rows + dense_rows("resnet20.dense1", 64, 10)


def text_rows(model, cell_rows, cell):
    rows = embed_rows(f"{model}.embed1", 65, 32)
    rows += cell_rows(f"{model}.{cell}1", 32, 64) + cell_rows(f"{model}.{cell}2", 64, 64)
    return rows + dense_rows(f"{model}.dense1", 64, 65)


# Forward passes: `take(n)` gives the next n parameters, `observe(x)` shows a batch norm's input to its running figures.

def mlp(take, observe, x):
    x = F.relu(d.dense(x, *take(2)))
    x = F.relu(d.dense(x, *take(2)))
    return d.dense(x, *take(2))


def lenet(take, observe, x):
    x = d.avgpool(torch.tanh(d.conv(x, *take(2), padding=2)), 2)
    x = d.avgpool(torch.tanh(d.conv(x, *take(2))), 2)
    x = torch.tanh(d.dense(x.flatten(1), *take(2)))
    x = torch.tanh(d.dense(x, *take(2)))
    return d.dense(x, *take(2))


def conv_batchnorm(take, observe, x, **options):
    x = d.conv(x, *take(1), **options)
    observe(x)
    return d.batchnorm(x, *take(2))


def basic(take, observe, x, depth, width, stride):
    y = F.relu(conv_batchnorm(take, observe, x, stride=stride, padding=1))
    y = conv_batchnorm(take, observe, y, padding=1)
    skip = conv_batchnorm(take, observe, x, stride=stride) if projects(depth, width, stride) else x
    return F.relu(y + skip)


def resnet20(take, observe, x):
    x = F.relu(conv_batchnorm(take, observe, x, padding=1))
    for block in RESNET20:
        x = basic(take, observe, x, *block)
    return d.dense(x.mean((1, 2)), *take(2))


def pairs(tensors):
    return list(zip(tensors[::2], tensors[1::2]))


def text_forward(cell, tensors):
    """embed, two cells of so many parameters each, dense."""
    def forward(take, observe, x):
        x = F.embedding(x, take(1)[0])
        for _ in range(2):
            x = cell(x, *pairs(take(tensors)))[0]
        return d.dense(x, *take(2))
    return forward


# Batches: field number f of step s is tensor number 1000 + 2 s + f.

def images(*shape):
    return [("image", real(shape)), ("label", classes(shape[:1], 10))]


TEXT = [("text", classes([8, 16], 65)), ("next", classes([8, 16], 65))]


def sgd(lr, momentum, nesterov=False, decay=0.0):
    return {"kind": "sgd", "lr": lr, "momentum": momentum, "nesterov": nesterov, "decay": decay}


ADAM = {"kind": "adam", "lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
MLP_ROWS = dense_rows("mlp.dense1", 784, 128) + dense_rows("mlp.dense2", 128, 64) + dense_rows("mlp.dense3", 64, 10)
LENET_ROWS = conv_rows("lenet.conv1", 5, 1, 6) + conv_rows("lenet.conv2", 5, 6, 16) + [
    *dense_rows("lenet.dense1", 400, 120), *dense_rows("lenet.dense2", 120, 84), *dense_rows("lenet.dense3", 84, 10)]

# name: (table, fields, forward, optimizer)
MODELS = {
    "mlp": (MLP_ROWS, images(64, 784), mlp, sgd(0.1, 0.9)),
    "lenet": (LENET_ROWS, images(32, 28, 28, 1), lenet, sgd(0.05, 0.9, True, 5e-4)),
    "resnet20": (resnet20_rows(), images(8, 16, 16, 3), resnet20, sgd(0.05, 0.9)),
    "charrnn": (text_rows("charrnn", rnn_rows, "rnn"), TEXT, text_forward(d.rnn, 2), ADAM),
    "charlstm": (text_rows("charlstm", lstm_rows, "lstm"), TEXT, text_forward(d.lstm, 8), ADAM),
    "chargru": (text_rows("chargru", gru_after_rows, "gru_after"), TEXT, text_forward(d.gru_after, 8), ADAM),
}
