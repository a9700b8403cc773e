"""Checks a model and what trains it: tries each rule, and puts the finding to fix first at the head."""

import warnings
from collections.abc import Sequence

import keras

from digitlab.base.findings import Finding, most_severe_first
from digitlab.checker.from_program import subject_of
from digitlab.checker.observe.observations import Observations
from digitlab.checker.result import CheckResult
from digitlab.checker.rules import CHECKS, OFF, RULES, loss_fails, old_names
from digitlab.checker.subject import Subject
from digitlab.data.dataset import Split
from digitlab.errors import ModelFileError
from digitlab.programs import legacy
from digitlab.programs.fix import write_fixed
from digitlab.programs.old_uses import Use
from digitlab.programs.program import Program, load_program
from digitlab.programs.source import SourceFile, read_source
from digitlab.programs.spec import parse_file_spec
from digitlab.programs.stage import staged

SEED = 0


def check_file(
    spec: str, data: Split, classes: int, *, rules: bool = True, every_rule: bool = False, fix: bool = False
) -> CheckResult:
    """Run a user's file up to its first training step and check it.

    Args:
        spec: "my_model.py", "my_lab.ipynb" or "my_model.py:Name".
        data: images for `mnist.load_data()` inside the file, a few thousand.
        classes: number of classes.
        rules: look for mistakes; otherwise only for the settings.
        every_rule: include the rules that are off by default.
        fix: write a copy of the file in which old names are replaced.

    Raises:
        ModelFileError: the file cannot be run.
        UsageError: the copy exists already.
    """
    keras.utils.set_random_seed(SEED)
    path, name = parse_file_spec(spec)
    source = read_source(path)
    program: Program | None = None
    uses: Sequence[Use]
    gone = False
    try:
        today, uses = legacy.today(source)
        with staged(today):
            program, found = _loaded(today, name, data, classes, uses)
            if program is not None and rules:
                found = examine(subject_of(program, data, classes), every_rule=every_rule)
    except legacy.GoneError as error:
        uses, found, gone = error.uses, [], True
    found = [*old_names.findings(source, uses, stopped=gone), *found]
    return CheckResult(
        findings=tuple(_placed(finding, source) for finding in most_severe_first(found)),
        checks=len(RULES) - (0 if every_rule else len(OFF)),
        notes=(*source.notes, *(program.notes if program else ())),
        settings=program.settings if program else {},
        trains=program is None or program.step is not None,
        diff=write_fixed(source, uses) if fix else "",
    )


def _loaded(
    source: SourceFile, name: str | None, data: Split, classes: int, uses: Sequence[Use]
) -> tuple[Program | None, list[Finding]]:
    """The program; or None and the finding that says why it stops in its first step."""
    try:
        return load_program(source, name, data), []
    except ModelFileError as error:
        if gone := legacy.gone_error(source, uses, error):
            raise gone from None
        stops = loss_fails.stopped_in_tape(source, error.__cause__, classes)
        if stops is None:
            raise
        return None, [stops]


def _placed(finding: Finding, source: SourceFile) -> Finding:
    """The finding with the cell of a notebook that its line is in."""
    if finding.line is None:
        return finding
    cell, line = source.in_cell(finding.line)
    return finding.model_copy(update={"cell": cell, "line": line})


def examine(subject: Subject, *, every_rule: bool = False) -> list[Finding]:
    """All findings: errors, then warnings and hints, within these in the order of `CHECKS`."""
    seen = Observations(subject)
    found: list[Finding] = []
    left_out = set() if every_rule else set(OFF)
    if subject.program is None:
        left_out |= {rule.slug for rule in RULES if rule.needs_file}
    with seen.probe.recorder.installed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # running the program shows its warnings
        for check, *rules in CHECKS:
            if all(rule.slug in left_out for rule in rules):
                continue
            finding = check(seen)
            if finding is None or finding.slug in left_out:
                continue
            found.append(finding)
            rule = next(rule for rule in rules if rule.slug == finding.slug)
            if rule.is_last:
                break
            left_out |= rule.explains
    return most_severe_first(found)
