"""PyTorch's side of the inference benchmark: the networks of examples/ at their real size, on the CPU.

    python3 bench/torch_models.py --threads 2 --seconds 4 [--export FOLDER] NAME

One JSON line: the median milliseconds of an answer for one picture of 224 x 224. --export writes NAME.onnx, with random weights.
"""
import argparse
import json
import os
import statistics
import time
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, branch, skip):
        super().__init__()
        self.branch, self.skip = branch, skip

    def forward(self, x):
        return torch.relu(self.branch(x) + self.skip(x))


def conv(inputs, outputs, size, stride=1):
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)]


def basic(inputs, width, stride):
    branch = [*conv(inputs, width, 3, stride), nn.ReLU(), *conv(width, width, 3)]
    return branch, width


def bottleneck(inputs, width, stride):
    branch = [*conv(inputs, width, 1), nn.ReLU(), *conv(width, width, 3, stride), nn.ReLU(), *conv(width, 4 * width, 1)]
    return branch, 4 * width


def resnet(block, counts):
    layers = [*conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for stage, count in enumerate(counts):
        for i in range(count):
            stride = 2 if stage > 0 and i == 0 else 1
            branch, outputs = block(channels, 64 * 2 ** stage, stride)
            same = stride == 1 and channels == outputs
            skip = nn.Identity() if same else nn.Sequential(*conv(channels, outputs, 1, stride))
            layers.append(Residual(nn.Sequential(*branch), skip))
            channels = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))


def vgg16():
    layers, channels = [], 3
    for count, width in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        for _ in range(count):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    dense = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)]
    return nn.Sequential(*layers, nn.Flatten(), *dense)


MODELS = {
    "resnet18": lambda: resnet(basic, [2, 2, 2, 2]),
    "resnet50": lambda: resnet(bottleneck, [3, 4, 6, 3]),
    "vgg16": vgg16,
}


def median_ms(answer, seconds):
    for _ in range(3):
        answer()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        answer()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=MODELS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--export")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    model, picture = MODELS[chosen.name]().eval(), torch.randn(1, 3, 224, 224)
    if chosen.export:
        torch.onnx.export(model, picture, os.path.join(chosen.export, f"{chosen.name}.onnx"))
    with torch.no_grad():
        print(json.dumps({"name": chosen.name, "ms": median_ms(lambda: model(picture), chosen.seconds)}))
