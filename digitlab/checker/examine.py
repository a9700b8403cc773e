"""Checks a model and what trains it: `examine` gives the findings, the one to mend first at the head."""

from __future__ import annotations

import warnings

import keras

from digitlab.checker.blame import EXPLAINS, LAST
from digitlab.checker.findings import SEVERITIES, Finding
from digitlab.checker.from_program import subject_of
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rules import CHECKS, OFF
from digitlab.checker.subject import Subject
from digitlab.data.dataset import Split
from digitlab.programs.program import load_program
from digitlab.programs.source import read_source
from digitlab.programs.spec import parse_file_spec
from digitlab.programs.stage import staged

SEED = 0


def check_file(spec: str, data: Split, classes: int, *, every_rule: bool = False) -> list[Finding]:
    """Load the user's file and check what is in it (raises ModelFileError where it cannot be loaded).

    Args:
        spec: «my_model.py», or «my_model.py:Name».
        data: images for `mnist.load_data()` inside the file, a few thousand.
        classes: how many there are.
        every_rule: also those that are off by default.
    """
    keras.utils.set_random_seed(SEED)
    path, name = parse_file_spec(spec)
    source = read_source(path)
    with staged(source):
        return examine(subject_of(load_program(source, name, data), data, classes), every_rule=every_rule)


def examine(subject: Subject, *, every_rule: bool = False) -> list[Finding]:
    """All findings, errors first, then warnings and hints; within these in the order of blame."""
    seen = Observations(subject)
    found: list[Finding] = []
    left_out: set[str] = set() if every_rule else set(OFF)
    with seen.recorder.installed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the program's, which says them when it is run
        for rules, check in CHECKS:
            if all(rule.slug in left_out for rule in rules):
                continue
            finding = check(seen)
            if finding is None or finding.slug in left_out:
                continue
            found.append(finding)
            if finding.slug in LAST:
                break
            left_out |= EXPLAINS.get(finding.slug, set())
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
