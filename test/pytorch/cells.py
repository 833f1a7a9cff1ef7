"""Recurrent cells that PyTorch does not have, written out step by step on its tensors.

In: x [batch, time, depth] and gates as (weight, bias) of a dense on (x, h). Out: all outputs and the last states.
"""
import torch
from depthlast import dense


def over_time(x, step, *states):
    """Runs `step(x_t, *states)`, which gives the new states with the output first."""
    outputs = []
    for t in range(x.shape[1]):
        states = step(x[:, t], *states)
        outputs.append(states[0])
    return (torch.stack(outputs, 1), *states)


def zero(x, n):
    return x.new_zeros(x.shape[0], n)


def gru(x, dense_z, dense_r, dense_h):
    """Reset before the product."""
    def step(now, h):
        both = torch.cat([now, h], 1)
        z, r = torch.sigmoid(dense(both, *dense_z)), torch.sigmoid(dense(both, *dense_r))
        return ((1 - z) * h + z * torch.tanh(dense(torch.cat([now, r * h], 1), *dense_h)),)
    return over_time(x, step, zero(x, dense_z[0].shape[1]))


def lstm_coupled(x, dense_f, dense_o, dense_g):
    def step(now, h, c):
        both = torch.cat([now, h], 1)
        f, o = torch.sigmoid(dense(both, *dense_f)), torch.sigmoid(dense(both, *dense_o))
        c = f * c + (1 - f) * torch.tanh(dense(both, *dense_g))
        return o * torch.tanh(c), c
    start = zero(x, dense_f[0].shape[1])
    return over_time(x, step, start, start)


def lstm_peephole(x, pf, pi, po, dense_f, dense_i, dense_g, dense_o):
    """f and i see the old c, o the new one."""
    def step(now, h, c):
        both = torch.cat([now, h], 1)
        f, i = torch.sigmoid(dense(both, *dense_f) + pf * c), torch.sigmoid(dense(both, *dense_i) + pi * c)
        c = f * c + i * torch.tanh(dense(both, *dense_g))
        return torch.sigmoid(dense(both, *dense_o) + po * c) * torch.tanh(c), c
    start = zero(x, pf.shape[0])
    return over_time(x, step, start, start)
