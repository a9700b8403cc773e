"""Checks a model and what trains it: `examine` gives the findings, the one to mend first at the head."""

import warnings
from dataclasses import dataclass

import keras

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


@dataclass(frozen=True)
class Examination:
    """What was seen of a file.

    Attributes:
        findings: what is wrong, the one to mend first at the head.
        settings: what the file says of its training: batch_size, epochs.
        trains: the file trains its model itself.
    """

    findings: list[Finding]
    settings: dict[str, int]
    trains: bool


def examine_file(spec: str, data: Split, classes: int, *, rules: bool = True, every_rule: bool = False) -> Examination:
    """Run a person's file up to its first step and check it (raises ModelFileError where it cannot be run).

    Args:
        spec: «my_model.py», or «my_model.py:Name».
        data: images for `mnist.load_data()` inside the file, a few thousand.
        classes: how many there are.
        rules: look for mistakes; else only for the settings.
        every_rule: also those that are off by default.
    """
    keras.utils.set_random_seed(SEED)
    path, name = parse_file_spec(spec)
    source = read_source(path)
    with staged(source):
        program = load_program(source, name, data)
        findings = examine(subject_of(program, data, classes), every_rule=every_rule) if rules else []
    return Examination(findings, program.settings, program.step is not None)


def check_file(spec: str, data: Split, classes: int, *, every_rule: bool = False) -> list[Finding]:
    """The findings of `examine_file`."""
    return examine_file(spec, data, classes, every_rule=every_rule).findings


def examine(subject: Subject, *, every_rule: bool = False) -> list[Finding]:
    """All findings, errors first, then warnings and hints; within these in the order of blame."""
    seen = Observations(subject)
    found: list[Finding] = []
    left_out: set[str] = set() if every_rule else set(OFF)
    with seen.recorder.installed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the program's, which says them when it is run
        for check, *rules in CHECKS:
            if all(rule.slug in left_out for rule in rules):
                continue
            finding = check(seen)
            if finding is None or finding.slug in left_out:
                continue
            found.append(finding)
            if finding.rule.is_last:
                break
            left_out |= finding.rule.explains
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
