"""Checks a model and what trains it: `examine` gives the findings, the one to mend first at the head."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import keras

from digitlab.checker.findings import SEVERITIES, Finding, Found
from digitlab.checker.from_program import subject_of
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rules import CHECKS, OFF, loss_fails, old_names
from digitlab.checker.subject import Subject
from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from digitlab.programs import legacy
from digitlab.programs.fix import write_fixed
from digitlab.programs.old_uses import Use
from digitlab.programs.program import load_program
from digitlab.programs.source import SourceFile, read_source
from digitlab.programs.spec import parse_file_spec
from digitlab.programs.stage import staged

SEED = 0


def check_file(
    spec: str, data: Split, classes: int, *, rules: bool = True, every_rule: bool = False, fix: bool = False
) -> Found:
    """Run a person's file up to its first step and check it (raises ModelFileError where it cannot be run).

    Args:
        spec: «my_model.py» or «my_lab.ipynb», or «my_model.py:Name».
        data: images for `mnist.load_data()` inside the file, a few thousand.
        classes: how many there are.
        rules: look for mistakes; else only for the settings.
        every_rule: also those that are off by default.
        fix: write a copy of the file in which old names are replaced.
    """
    keras.utils.set_random_seed(SEED)
    path, name = parse_file_spec(spec)
    source = read_source(path)
    try:
        uses, found = _found(source, name, data, classes, rules=rules, every_rule=every_rule)
    except legacy.GoneError as error:
        uses, found = error.uses, Found(old_names.findings(source, error.uses, stopped=True))
    result = Found(_placed(finding, source) for finding in _in_order(found))
    result.notes, result.settings, result.trains = (*source.notes, *found.notes), found.settings, found.trains
    result.diff = write_fixed(source, uses) if fix else ""
    return result


def _found(
    written: SourceFile, name: str | None, data: Split, classes: int, *, rules: bool, every_rule: bool
) -> tuple[Sequence[Use], Found]:
    """What it has of old names, and what is wrong with it (raises GoneError where it stops at such a name)."""
    source, uses = legacy.today(written)
    with staged(source):
        try:
            program = load_program(source, name, data)
        except ModelFileError as error:
            gone = legacy.gone_error(source, uses, error)
            stops = loss_fails.stopped_in_tape(source, error.__cause__, classes) if gone is None else None
            if stops is None:
                raise gone or error from None
            stopped = Found([*old_names.findings(written, uses), stops])
            stopped.settings = {}
            return uses, stopped
        found = examine(subject_of(program, data, classes), every_rule=every_rule) if rules else []
    result = Found([*old_names.findings(written, uses), *found])
    result.notes, result.settings, result.trains = program.notes, program.settings, program.step is not None
    return uses, result


def _placed(finding: Finding, source: SourceFile) -> Finding:
    """With the cell of a notebook that its line is in."""
    if finding.line is None:
        return finding
    cell, line = source.in_cell(finding.line)
    return replace(finding, cell=cell, line=line)


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
    return _in_order(found)


def _in_order(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
