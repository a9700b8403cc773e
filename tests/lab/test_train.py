"""Trainings that are started, watched and steered from the page."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from digitlab.runs.directory import RunDirectory
from tests.lab.conftest import environment
from tests.lab.lab import Lab

LONG = 60_000  # milliseconds; TensorFlow takes its time to load


def points(page: Page) -> Locator:
    return page.locator(".curves").first.locator(".curve-1 circle")


def state(page: Page) -> Locator:
    return page.locator(".state")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Steer the training").get_by_role("button", name=name, exact=True)


@pytest.fixture
def started_elsewhere(workplace: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A long training that somebody started in a terminal."""
    command = [sys.executable, "-m", "digitlab", "train", "mlp:8", "--data", "digits.npz", "--epochs", "99999"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=workplace, env=environment(), stdout=quiet, stderr=quiet) as process:
        yield process
        process.kill()


def test_two_epochs_are_two_points(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.address}?panel=train")
    form = page.get_by_label("What to train")
    form.get_by_label("Model").select_option("mlp")
    form.get_by_role("button", name="Add a layer").click()
    form.get_by_label("Layer 2: units").wait_for()
    form.get_by_label("Layer 1: units").fill("16")
    form.get_by_label("Layer 2: units").fill("12")
    form.get_by_label("Layer 2: units").press("Tab")
    form.get_by_label("Epochs").fill("2")
    form.get_by_label("Epochs").press("Tab")
    form.get_by_label("Data").select_option("digits.npz")
    expect(form.locator("code")).to_have_text("digitlab train mlp:16-12 --data digits.npz --epochs 2")
    form.get_by_role("button", name="Start").click()
    expect(page.get_by_label("The training", exact=True)).to_contain_text("ReLU layers of 16 and 12", timeout=LONG)
    expect(points(page)).to_have_count(2, timeout=LONG)
    expect(state(page)).to_have_text(re.compile(r"Done\. .*%"), timeout=LONG)


def test_what_cannot_be_trained_is_told(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.address}?panel=train")
    form = page.get_by_label("What to train")
    form.get_by_label("Epochs").fill("0")
    form.get_by_label("Epochs").press("Tab")
    form.get_by_label("Data").select_option("digits.npz")
    form.get_by_role("button", name="Start").click()
    expect(form.get_by_role("alert")).to_contain_text("invalid value for --epochs", timeout=LONG)
    expect(form.get_by_role("button", name="Start")).to_be_enabled()


def test_a_training_from_a_terminal_is_watched_steered_and_missed(
    lab: Lab, page: Page, started_elsewhere: subprocess.Popen[bytes]
) -> None:
    page.goto(f"{lab.address}?panel=train")
    expect(page.get_by_label("The training", exact=True)).to_contain_text("ReLU layers of 8", timeout=LONG)
    expect(points(page).nth(1)).to_be_attached(timeout=LONG)

    button(page, "Pause").click()
    expect(state(page)).to_contain_text("Paused")
    epochs = points(page).count()
    button(page, "One epoch").click()
    expect(points(page)).to_have_count(epochs + 1)
    expect(state(page)).to_contain_text("Paused")

    rate = page.get_by_role("group", name="Steer the training").get_by_label("Learning rate")
    rate.fill("0.5")
    rate.press("Enter")
    button(page, "Continue").click()
    expect(page.locator(".curves").first).to_contain_text("rate 0.5")
    expect(state(page)).to_contain_text("Training")

    run = next((lab.folder / "runs").glob("mlp-8-*"))
    assert RunDirectory(run).info.rate_changes[0].learning_rate == 0.5
    started_elsewhere.send_signal(signal.SIGKILL)
    expect(state(page)).to_contain_text("The training process has ended")
    expect(button(page, "Pause")).to_be_disabled()
    page.get_by_role("button", name="Draw").click()
    expect(page.locator(".pad-paper")).to_be_visible()
