"""Makes the fixtures in ../fixtures/pytorch that the tests compare with (README.md). The tests only read them.

    /usr/bin/python3 test/pytorch/make_fixtures.py [--only mlp,lenet,...,layers,formula,kinks,classics]

Needs PyTorch (Debian's python3-torch) and nothing else. Takes some seconds on one core, `classics` half a minute and 6 GB.
"""
import argparse
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import torch
from classics import CLASSICS, classic_case
from edges import edge_layer_cases, edge_loss_cases
from formula import golden
from kinks import kink_cases
from layers import layer_cases, loss_cases
from models import MODELS
from optimizers import SURFACES, optimizer_cases, schedule_cases
from training import fixture

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "pytorch"


def one_per_line(cases):
    return "[\n" + ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases) + "\n]"


def write_layers():
    head = {"source": f"PyTorch {torch.__version__}, float64, nine significant digits", "surfaces": SURFACES}
    lists = {"layers": layer_cases() + edge_layer_cases(), "losses": loss_cases() + edge_loss_cases(), "optimizers": optimizer_cases(),
             "schedules": schedule_cases()}
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    parts += [f"{json.dumps(key)}: {one_per_line(cases)}" for key, cases in lists.items()]
    (FIXTURES / "layers.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


def write_formula():
    facts = golden()
    parts = [f"{json.dumps(key)}: {one_per_line(values)}" for key, values in facts.items()]
    (FIXTURES / "formula.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


def write_kinks():
    # What has no slope there (NaN) is left to the case's own test.
    text = json.dumps(kink_cases(), separators=(",", ":"), allow_nan=True).replace("NaN", "null").replace("},{", "},\n{")
    (FIXTURES / "kinks.json").write_text(text + "\n")


def write_classics():
    cases = [classic_case(name) for name in CLASSICS]
    for case in cases:
        print(f"{case['name']:10} loss {case['loss']:.4f}, drift {case['drift']}", flush=True)
    heads = [{**case, "parameters": None} for case in cases]
    texts = [json.dumps(head)[:-len("null}")] + one_per_line(case["parameters"]) + "}" for head, case in zip(heads, cases)]
    (FIXTURES / "classics.json").write_text("[" + ",\n".join(texts) + "]\n")


def write_training(name):
    path = FIXTURES / "training" / f"{name}.safetensors"
    losses, drift = fixture(name, path)
    print(f"{name:10} loss {losses[0]:.4f} to {losses[-1]:.4f}, drift {drift}, {path.stat().st_size} bytes", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default=",".join([*MODELS, "layers", "formula", "kinks", "classics"]))
    wanted = parser.parse_args().only.split(",")
    torch.set_num_threads(1)
    (FIXTURES / "training").mkdir(parents=True, exist_ok=True)
    writers = {"layers": write_layers, "formula": write_formula, "kinks": write_kinks, "classics": write_classics}
    for name in wanted:
        writers[name]() if name in writers else write_training(name)


if __name__ == "__main__":
    main()
