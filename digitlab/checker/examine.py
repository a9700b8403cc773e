"""Checks a model and what trains it: `examine` gives the findings, the one to mend first at the head."""

from __future__ import annotations

import warnings
from dataclasses import replace

import keras

from digitlab.checker.blame import EXPLAINS, LAST
from digitlab.checker.findings import SEVERITIES, Finding, Found
from digitlab.checker.from_program import subject_of
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rules import CHECKS, OFF, old_names
from digitlab.checker.subject import Subject
from digitlab.data.dataset import Split
from digitlab.models.userfile.program import load_program
from digitlab.programs import legacy
from digitlab.programs.fix import write_fixed
from digitlab.programs.source import SourceFile, read_source
from digitlab.programs.spec import parse_file_spec
from digitlab.programs.stage import staged

SEED = 0


def check_file(spec: str, data: Split, classes: int, *, every_rule: bool = False, fix: bool = False) -> Found:
    """Load the user's file and check what is in it (raises ModelFileError where it cannot be loaded).

    Args:
        spec: «my_model.py» or «my_lab.ipynb», or «my_model.py:Name».
        data: images for `mnist.load_data()` inside the file, a few thousand.
        classes: how many there are.
        every_rule: also those that are off by default.
        fix: write a copy of the file in which old names are replaced.
    """
    keras.utils.set_random_seed(SEED)
    path, name = parse_file_spec(spec)
    source = read_source(path)
    try:
        with staged(source), legacy.served(source) as uses:
            program = load_program(source, name, data, classes)
            found = examine(subject_of(program, data, classes), every_rule=every_rule)
        old, notes = old_names.findings(source, uses), program.notes
    except legacy.GoneError as error:
        uses, found, notes = list(error.uses), [], ()
        old = old_names.findings(source, uses, stopped=True)
    result = Found(_placed(finding, source) for finding in _in_order([*old, *found]))
    result.notes = (*source.notes, *notes)
    result.diff = write_fixed(source, uses) if fix else ""
    return result


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
    return _in_order(found)


def _in_order(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
