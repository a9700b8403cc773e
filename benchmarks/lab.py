"""How fast the lab page is, in a real browser, and what being watched costs a training.

    python -m benchmarks.lab

Needs Chromium.  The browser is open before the lab is started, as a user's is.
"""

from __future__ import annotations

import http.client
import itertools
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.table import print_table, print_title, spread
from tests.lab.lab import THREE, Lab, draw, open_browser, open_lab

STARTS = 5
DRAWINGS = 10
WINDOWS, CLIENTS = 2, 28
SECONDS = 10.0  # in which all draw
FRAME = 1 / 60  # a pointer gives no more than one place a frame
SIDE = 112  # pixels of what the pad sends
WATCHED_EPOCHS = 10
LISTEN = "window.taken = []; addEventListener('digitlab-shown', (event) => taken.push(event.detail))"


def main() -> None:
    """Print the table."""
    print_title("The lab page")
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        starts = [time_to_page(Path(folder), browser) for _ in range(STARTS)]
        with open_lab(Path(folder), dict(os.environ)) as lab:
            alone = stroke_to_bars(lab, browser)
            windows, clients = all_at_once(lab, browser)
    saves, share = cost_of_watching()
    rows = [
        ["command to usable page", spread(starts)],
        ["stroke to bars, two models, one window", spread(alone, "ms", 0)],
        [f"the same, {WINDOWS} windows and {CLIENTS} clients at once: windows", spread(windows, "ms", 0)],
        ["… clients", spread(clients, "ms", 0)],
        ["digitlab.watch on the lab's loop, after each epoch", spread(saves, "ms", 1)],
        ["… of the epoch", spread(share, "%")],
        ["what a training spends on being steerable, between two calls", spread(cost_of_steering(), "µs", 0)],
    ]
    print_table(["", "median (least to greatest, n)"], rows)


def time_to_page(folder: Path, browser: Browser) -> float:
    """Seconds from the start of the command to the pad with its first answer."""
    start, page = time.perf_counter(), browser.new_page()
    with open_lab(folder, dict(os.environ)) as lab:
        page.goto(lab.address)
        page.get_by_text("nothing drawn").first.wait_for()
        seconds = time.perf_counter() - start
        page.close()
    return seconds


def stroke_to_bars(lab: Lab, browser: Browser) -> list[float]:
    """Milliseconds from each move of the pointer to the bars that answer it."""
    page = drawing_page(lab, browser)
    for _ in range(DRAWINGS):
        draw(page, THREE)
        page.keyboard.press("Escape")
    taken = page.evaluate("taken")
    page.close()
    return [float(one) for one in taken]


def all_at_once(lab: Lab, browser: Browser) -> tuple[list[float], list[float]]:
    """The same in milliseconds of the windows, and of clients that ask as the pad does, while all draw at once."""
    pages = [drawing_page(lab, browser) for _ in range(WINDOWS)]
    answers: Queue[list[float]] = multiprocessing.get_context("spawn").Queue()
    clients = multiprocessing.get_context("spawn").Process(target=ask_all, args=(lab.address, answers))
    clients.start()
    answers.get()  # they begin
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        for page in pages:
            page.bring_to_front()
            draw(page, THREE)
    taken = answers.get()
    clients.join()
    shown = [float(one) for page in pages for one in page.evaluate("taken")]
    for page in pages:
        page.close()
    return shown, taken


def drawing_page(lab: Lab, browser: Browser) -> Page:
    """A window that writes down how long its answers take."""
    page = browser.new_page()
    page.goto(lab.address)
    draw(page, THREE)
    page.get_by_text("one piece of ink").wait_for()  # everything was used once
    page.evaluate(LISTEN)
    return page


def ask_all(address: str, answers: Queue[list[float]]) -> None:
    """What runs in the process of the clients."""
    answers.put([])
    taken: list[float] = []
    threads = [threading.Thread(target=ask_on, args=(address, taken)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(taken)


def ask_on(address: str, taken: list[float]) -> None:
    """One client: a question at a time, and between two as long a wait as the answer took, as the pad does it."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    end = time.perf_counter() + SECONDS
    for picture in growing_stroke():
        start = time.perf_counter()
        if start > end:
            return
        connection.request("POST", f"/lab/answer?width={SIDE}&models=robust&models=softmax", picture)
        connection.getresponse().read()
        seconds = time.perf_counter() - start
        taken.append(1000 * seconds)
        time.sleep(max(seconds, FRAME - seconds))


def growing_stroke() -> Iterator[bytes]:
    """A 3 as it is drawn, again and again: grey bytes, dark on white."""
    sheet = np.full((SIDE, SIDE), 255, np.uint8)
    for (x, y), (next_x, next_y) in itertools.cycle(itertools.pairwise(THREE)):
        if (x, y) == THREE[0]:
            sheet[:] = 255
        for part in np.linspace(0, 1, 4):
            column, row = int((x + part * (next_x - x)) * SIDE), int((y + part * (next_y - y)) * SIDE)
            sheet[row - 4 : row + 4, column - 4 : column + 4] = 0
            yield sheet.tobytes()


def cost_of_watching() -> tuple[list[float], list[float]]:
    """Milliseconds that `digitlab.watch` takes after each epoch of the lab's loop, and its share of the epoch in %."""
    import keras

    import digitlab
    from benchmarks.epoch import a_model, lab_loop, timed

    epoch = lab_loop(digitlab.split(digitlab.load(), seed=0))
    model, figure = a_model(), keras.metrics.Mean()
    figures = dict.fromkeys(("train_loss", "train_accuracy", "valid_loss", "valid_accuracy"), figure)
    saves, share = [], []
    with tempfile.TemporaryDirectory() as folder:
        watched = digitlab.watch(range(WATCHED_EPOCHS + 2), model, out=folder, **figures)
        next(watched)
        for turn in range(WATCHED_EPOCHS + 1):
            training, saving = timed(epoch), timed(lambda: next(watched))
            if turn:  # the first compiles
                saves.append(1000 * saving)
                share.append(100 * saving / training)
        list(watched)  # lets it end
    return saves, share


def cost_of_steering() -> list[float]:
    """Microseconds that a training spends between two compiled calls on being steerable."""
    import keras

    import digitlab
    from digitlab.data import synthetic
    from digitlab.runs.directory import RunDirectory
    from digitlab.training.steering import Steering

    with tempfile.TemporaryDirectory() as folder:
        run = digitlab.train(
            "softmax", synthetic.generate(0, 600, 200), out=folder, epochs=1, report=False, listeners=[]
        )
        steering = Steering(RunDirectory(run.path), keras.optimizers.SGD(0.01), 0)
        costs = []
        for _ in range(2_000):
            start = time.perf_counter()
            steering.stepped(1, 1, 9)
            costs.append(1e6 * (time.perf_counter() - start))
    return costs


def median_of_all_at_once() -> float:
    """For the test of the promise: the median over windows and clients, in milliseconds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_browser() as browser,
        open_lab(Path(folder), dict(os.environ)) as lab,
    ):
        windows, clients = all_at_once(lab, browser)
    return max(statistics.median(windows), statistics.median(clients))


if __name__ == "__main__":
    main()
