"""PyTorch's own layers behind this project's layouts.

Activations have their depth last ([batch, height, width, depth], [batch, time, depth]). Weights: dense [in, out], conv
[kh, kw, in / groups, out], upconv [kh, kw, in, out] (not flipped), a recurrent gate one dense on (x, h), so [in + n, n].
Each function only permutes, joins and cuts before it calls PyTorch, so gradients reach the tensors in our layout.
"""
import torch
import torch.nn.functional as F

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
UPCONV = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAXPOOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVGPOOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def depth_first(x):
    return x.movedim(-1, 1)


def depth_last(x):
    return x.movedim(1, -1)


def dense(x, weight, bias=None):
    return F.linear(x, weight.T, bias)


def conv(x, weight, bias=None, **options):
    n = weight.ndim - 2
    kernel = weight.permute(n + 1, n, *range(n))
    return depth_last(CONV[n](depth_first(x), kernel, bias, **options))


def upconv(x, weight, bias=None, groups=1, **options):
    """Of groups, ours has the filters of one after the other in the last axis, and PyTorch their channels in its first."""
    n = weight.ndim - 2
    parts = weight.reshape(*weight.shape[:-1], groups, -1)
    kernel = parts.permute(n + 1, n, n + 2, *range(n)).flatten(0, 1)
    options["groups"] = groups
    return depth_last(UPCONV[n](depth_first(x), kernel, bias, **options))


def maxpool(x, kernel_size, **options):
    return depth_last(MAXPOOL[x.ndim - 2](depth_first(x), kernel_size, **options))


def avgpool(x, kernel_size, **options):
    return depth_last(AVGPOOL[x.ndim - 2](depth_first(x), kernel_size, **options))


def lrn(x, size, **options):
    return depth_last(F.local_response_norm(depth_first(x), size, **options))


def batchnorm(x, scale, bias, mean=None, variance=None, eps=1e-5):
    """With the batch's own moments unless others are given."""
    return depth_last(F.batch_norm(depth_first(x), mean, variance, scale, bias, mean is None, 0, eps))


def running(x, mean, variance, momentum=0.9):
    """PyTorch's running figures after a batch x; our momentum is what stays, theirs what comes new."""
    mean, variance = mean.clone(), variance.clone()
    F.batch_norm(depth_first(x), mean, variance, training=True, momentum=1 - momentum)
    return mean, variance


def gates(weights, biases, depth):
    """PyTorch's weight_ih, weight_hh and bias_ih of gates given as dense layers on (x, h)."""
    return (torch.cat([w[:depth].T for w in weights]), torch.cat([w[depth:].T for w in weights]), torch.cat(biases))


def zeros(x, n):
    return x.new_zeros(1, x.shape[0], n)


def given(state, x, n):
    return zeros(x, n) if state is None else state[None]


RUN = (True, 1, 0.0, False, False, True)  # biases, layers, dropout, training, bidirectional, batch first


def lstm(x, dense_f, dense_i, dense_o, dense_g, h=None, c=None):
    """Each gate is (weight, bias); gives the outputs and the last h and c."""
    weights, biases = zip(dense_i, dense_f, dense_g, dense_o)
    n = weights[0].shape[1]
    w, u, b = gates(weights, biases, x.shape[-1])
    out, h, c = torch.lstm(x, (given(h, x, n), given(c, x, n)), [w, u, b, torch.zeros_like(b)], *RUN)
    return out, h[0], c[0]


def rnn(x, dense_h, h=None):
    w, u, b = gates([dense_h[0]], [dense_h[1]], x.shape[-1])
    out, h = torch.rnn_tanh(x, given(h, x, b.shape[0]), [w, u, b, torch.zeros_like(b)], *RUN)
    return out, h[0]


def gru_after(x, dense_z, dense_r, dense_x, dense_h, h=None):
    """PyTorch's GRU: tanh(dense_x(x) + r * dense_h(h)), reset after the product."""
    depth, n = x.shape[-1], dense_z[0].shape[1]
    w, u, b = gates([dense_r[0], dense_z[0]], [dense_r[1], dense_z[1]], depth)
    weights = [torch.cat([w, dense_x[0].T]), torch.cat([u, dense_h[0].T])]
    biases = [torch.cat([b, dense_x[1]]), torch.cat([torch.zeros_like(b), dense_h[1]])]
    out, h = torch.gru(x, given(h, x, n), [*weights, *biases], *RUN)
    return out, h[0]


def attention(x, heads, dense_qkv, dense_out, causal=True):
    """Self-attention: queries, keys and values are thirds of one dense."""
    steps, first = x.shape[1], x.movedim(1, 0)
    mask = torch.triu(torch.full((steps, steps), float("-inf"), dtype=x.dtype), 1) if causal else None
    out, _ = F.multi_head_attention_forward(
        first, first, first, x.shape[-1], heads, dense_qkv[0].T, dense_qkv[1], None, None, False, 0.0,
        dense_out[0].T, dense_out[1], attn_mask=mask, need_weights=False)
    return out.movedim(0, 1)
