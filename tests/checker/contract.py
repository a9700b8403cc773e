"""The false-alarm contract: what the checker finds in correct programs, and in the mistakes planted into them.

    python -m tests.checker.contract [MUTANTS OF EACH MISTAKE] [SEED]

Prints for each mistake how many mutants were found out, for how many the right rule came first, and every false alarm.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import digitlab
from digitlab.base.machine import usable_cores
from tests.checker.mutants import mutants

GOOD = Path(__file__).parent / "good"
SECONDS = 90  # of computing
AFTER = 25  # programs a worker gets before it is replaced: TensorFlow keeps what it has compiled

# By the mutation: the rules that name the mistake rightly.
RIGHT = {
    "batch-dependent": {"batch-dependent"},
    "bottleneck": {"bottleneck"},
    "constant-start-hidden": {"identical-units"},
    "dead-relus": {"dead-relus"},
    "dropout-on-logits": {"dropout-on-logits"},
    "exploding": {"exploding-signal"},
    "frozen-weights": {"frozen-weights", "weights-not-trained"},
    "hard-output": {"hard-output"},
    "hidden-softmax": {"hidden-softmax"},
    "huge-start": {"exploding-signal"},
    "ignores-input": {"ignores-input"},
    "inputs-0-255": {"input-not-scaled"},
    "inverted-images": {"inverted-images"},
    "labels-misaligned": {"labels-do-not-match", "labels-misaligned"},
    "labels-shifted-class": {"labels-do-not-match", "labels-shifted"},
    "layer-made-in-call": {"made-in-call"},
    "learning-rate-too-high": {"learning-rate-too-high"},
    "learning-rate-too-low": {"learning-rate-too-low"},
    "logits-as-probabilities": {"logits-as-probabilities"},
    "logits-as-probabilities-in-loss": {"logits-as-probabilities"},
    "nan-output": {"not-a-number"},
    "never-updates": {"weights-not-trained"},
    "no-gradient": {"weights-not-trained"},
    "no-nonlinearity": {"no-nonlinearity"},
    "one-hot-against-sparse": {"one-hot-or-numbers", "step-stops"},
    "random-at-inference": {"random-at-inference"},
    "relu-on-logits": {"relu-on-logits"},
    "scaled-twice": {"scaled-twice"},
    "shared-by-accident": {"shared-by-accident"},
    "sigmoid-output": {"sigmoid-output"},
    "softmax-twice-in-loss": {"softmax-twice"},
    "softmax-twice-in-model": {"softmax-twice"},
    "softmax-wrong-axis": {"softmax-wrong-axis"},
    "test-images-in-train": {"test-images-in-train"},
    "train-step-without-training-flag": {"not-in-training-mode"},
    "unused-layer": {"unused-layer"},
    "vanishing": {"vanishing-gradient"},
    "wrong-number-of-outputs": {"wrong-output-shape"},
    "wrong-rank": {"wrong-output-shape"},
    "zero-start-hidden": {"identical-units"},
}


@dataclass(frozen=True)
class Case:
    """A program to check: a correct one, or a mutant of one."""

    program: str
    mistake: str | None
    source: str


@dataclass(frozen=True)
class Answer:
    """What the checker said of a case: slugs in order, or why there are none; and how long it took."""

    case: Case
    slugs: tuple[str, ...]
    failure: str | None
    seconds: float


def cases(each: int, seed: int) -> Iterator[Case]:
    """All correct programs, and of each mistake at most `each` mutants, drawn by `seed`."""
    sources = {path.stem: path.read_text() for path in sorted(GOOD.glob("*.py"))}
    by_mistake: dict[str, list[Case]] = defaultdict(list)
    for name, source in sources.items():
        yield Case(name, None, source)
        for mutant in mutants(source, seed):
            by_mistake[mutant.name].append(Case(name, mutant.name, mutant.source))
    generator = np.random.default_rng(seed)
    for found in by_mistake.values():
        chosen = generator.permutation(len(found))[:each]
        yield from (found[index] for index in sorted(chosen))


def answers(wanted: list[Case], jobs: int) -> Iterator[Answer]:
    """What the checker says of each, in no order."""
    with multiprocessing.get_context("spawn").Pool(jobs, _start, maxtasksperchild=AFTER) as pool:
        yield from pool.imap_unordered(_check, wanted)


def _start() -> None:
    from digitlab.training.start import start_tensorflow

    start_tensorflow(threads=1)


def _check(case: Case) -> Answer:
    from digitlab.checker.child import sample_of
    from digitlab.checker.examine import check_file
    from digitlab.programs.stage import time_limit

    dataset = digitlab.load()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{case.program}.py"
        path.write_text(case.source)
        try:
            with time_limit(SECONDS, TimeoutError(f"{SECONDS} seconds"), computing=True):
                found = check_file(str(path), sample_of(dataset), 10)
        except Exception as error:
            said = " ".join(str(error).split())[:300]
            return Answer(case, (), f"{type(error).__name__}: {said}", time.perf_counter() - begun)
    return Answer(case, tuple(one.slug for one in found.findings), None, time.perf_counter() - begun)


def main() -> None:
    """Check all and print the tables."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    wanted = list(cases(each, seed))
    got: list[Answer] = []
    for answer in answers(wanted, usable_cores()):
        got.append(answer)
        _tell(answer, len(got), len(wanted))
    print_tables(got)


def _tell(answer: Answer, done: int, of: int) -> None:
    case = answer.case
    wrong = case.mistake is None and answer.slugs
    missed = case.mistake is not None and not RIGHT[case.mistake] & set(answer.slugs)
    if wrong or missed or answer.failure:
        said = answer.failure or ", ".join(answer.slugs) or "nothing"
        print(f"[{done}/{of}] {case.program}, {case.mistake or 'correct'}: {said}", file=sys.stderr, flush=True)


def print_tables(got: list[Answer]) -> None:
    """Recall of each mistake, false alarms of each rule, and the time that a check takes."""
    found, first, all_of = Counter[str](), Counter[str](), Counter[str]()
    for answer in got:
        mistake = answer.case.mistake
        if mistake is not None:
            all_of[mistake] += 1
            found[mistake] += bool(RIGHT[mistake] & set(answer.slugs))
            first[mistake] += bool(answer.slugs) and answer.slugs[0] in RIGHT[mistake]
    print("| mistake | mutants | found | named first |\n| --- | --- | --- | --- |")
    for mistake in sorted(all_of):
        print(f"| {mistake} | {all_of[mistake]} | {found[mistake]} | {first[mistake]} |")
    total = sum(all_of.values())
    print(f"| **all** | {total} | {sum(found.values()) / total:.1%} | {sum(first.values()) / total:.1%} |")
    good = [answer for answer in got if answer.case.mistake is None]
    alarms = [answer for answer in good if answer.slugs or answer.failure]
    print(f"\n{len(good)} correct programs, {len(alarms)} false alarms")
    for answer in alarms:
        print(f"- {answer.case.program}: {answer.failure or ', '.join(answer.slugs)}")
    seconds = sorted(answer.seconds for answer in good)
    print(f"A check of a correct program: median {seconds[len(seconds) // 2]:.1f} s, greatest {seconds[-1]:.1f} s")


if __name__ == "__main__":
    main()
