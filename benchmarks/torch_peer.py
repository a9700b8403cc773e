"""Our networks and their schedule once more, in PyTorch at its best: images resident, channels last, bfloat16."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from digitlab import recipes
from digitlab.base import machine
from digitlab.config import TrainingConfig
from digitlab.data.dataset import Split
from digitlab.training.transforms import ASPECT, ROTATION, SCALE, SHEAR, SHIFT

RISE = 0.2  # of training.schedules, which would load TensorFlow
RATE = 0.02  # the best for both networks with Adam; PyTorch's Muon takes no convolutions


def train(recipe: str, seed: int, part: Split, test: Split, threads: int) -> dict[str, float]:
    """What `recipe` does, in PyTorch; the figures of `benchmarks.one_training`."""
    marks = [time.perf_counter()]
    import torch

    marks.append(time.perf_counter())
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    config = recipes.find(recipe).settings
    images, labels = resident(part)
    marks.append(time.perf_counter())
    model = network(recipe).to(memory_format=torch.channels_last)
    marks.append(time.perf_counter())
    begun = time.process_time()
    answering = fit(model, config, images, labels)
    processor = time.process_time() - begun
    marks.append(time.perf_counter())
    accuracy = score(answering, *resident(test))
    marks.append(time.perf_counter())
    phases = dict(zip(("import", "load", "trace", "train", "evaluate"), np.diff(marks).tolist(), strict=True))
    return {**phases, "processor": processor, "accuracy": accuracy}


def resident(part: Split) -> tuple[Any, Any]:
    """Images uint8 [N, 1, 28, 28] and labels int64 [N]."""
    import torch

    return torch.from_numpy(part.images[:, None].copy()), torch.from_numpy(part.labels.astype(np.int64))


def network(recipe: str) -> Any:
    """The network of `models.fast` or `models.accurate`."""
    import torch

    nn: Any = torch.nn

    def block(before: int, channels: int, size: int = 3, stride: int = 1, padding: int = 1, pool: int = 1) -> Any:
        convolution = nn.Conv2d(before, channels, size, stride, padding, bias=False)
        return nn.Sequential(
            convolution, nn.MaxPool2d(pool), nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1), nn.ReLU()
        )

    if recipe == "fast":
        blocks = [block(1, 16, 5, stride=2, padding=2), block(16, 32, pool=2), block(32, 64, padding=0)]
        return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(1600, 10))
    blocks = [block(1, 32, 5, padding=2, pool=2), block(32, 64, pool=2), block(64, 96), block(96, 96, padding=0)]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))


def fit(model: Any, config: TrainingConfig, images: Any, labels: Any) -> Any:
    """All epochs; return the model that answers."""
    import torch

    steps = config.epochs * -(-len(labels) // config.batch_size)
    optimizer: Any = torch.optim.Adam(model.parameters(), RATE, eps=1e-7)
    rise: Any = lambda step: min((step + 0.5) / steps / RISE, (1 - (step + 0.5) / steps) / (1 - RISE))  # noqa: E731
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rise)
    mean: Any = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.averaging), use_buffers=True
    )
    loss_of: Any = torch.nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
    for _ in range(config.epochs):
        for batch in torch.split(torch.randperm(len(labels)), config.batch_size):
            x = images[batch].float() / 255
            x = (moved(x) if config.augmentation else x).to(memory_format=torch.channels_last)
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=machine.multiplies_bfloat16()):
                logits = model(x)
            loss_of(logits.float(), labels[batch]).backward()
            optimizer.step()
            schedule.step()
            if config.averaging:
                mean.update_parameters(model)
    return (mean.module if config.averaging else model).eval()


def moved(images: Any) -> Any:
    """As `training.augment.affine` does it, in the unit of `grid_sample`: half a picture is 1."""
    import torch

    turn, size, aspect, shear, right, down = torch.rand(6, len(images)) * 2 - 1
    turn, shear = ROTATION * turn, SHEAR * shear
    size, aspect = SCALE * size, ASPECT / 2 * aspect
    wide, high = torch.exp(size + aspect), torch.exp(size - aspect)
    unit = SHIFT / 14
    a, b = wide * turn.cos(), wide * (shear * turn.cos() - turn.sin())
    c, d = high * turn.sin(), high * (shear * turn.sin() + turn.cos())
    maps = torch.stack([a, b, unit * right, c, d, unit * down], 1).reshape(-1, 2, 3)
    functional: Any = torch.nn.functional
    grid = functional.affine_grid(maps, images.shape, align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def score(model: Any, images: Any, labels: Any) -> float:
    """The share that is read rightly, in float32."""
    import torch

    right = 0
    with torch.no_grad():
        for first in range(0, len(labels), 1000):
            x = (images[first : first + 1000].float() / 255).to(memory_format=torch.channels_last)
            right += int((model(x).argmax(1) == labels[first : first + 1000]).sum())
    return right / len(labels)
