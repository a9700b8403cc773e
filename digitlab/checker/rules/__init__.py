"""The rules, one file a mistake or a few that share an observation, in the order in which they explain one another.

The first error is the one to fix first; what follows from it (`Rule.explains`) is left out.
"""

from collections.abc import Callable

from digitlab.base.findings import Finding
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rule import Rule
from digitlab.checker.rules import (
    epochs,
    fed_data,
    hidden_layers,
    inference,
    input_lost,
    last_layer,
    later_calls,
    learning_rate,
    loss_fails,
    loss_input,
    made,
    old_names,
    output_wrong,
    settings,
    signals,
    softmax_twice,
    untrained,
    unused_layer,
    wanted_class,
)

Check = Callable[[Observations], Finding | None]

# Each check with the rules that it may find to hold.
CHECKS: tuple[tuple[Check, *tuple[Rule, ...]], ...] = (
    (made.check_in_call, made.IN_CALL), (output_wrong.check_hard, output_wrong.HARD),
    (input_lost.check_count, input_lost.IGNORED), (output_wrong.check_shape, output_wrong.SHAPE),
    (output_wrong.check_number, output_wrong.NOT_A_NUMBER), (fed_data.check_labels, fed_data.LABELS),
    (fed_data.check_leak, fed_data.LEAK), (input_lost.check_unscaled, input_lost.UNSCALED),
    (input_lost.check_twice, input_lost.TWICE), (fed_data.check_inverted, fed_data.INVERTED),
    (fed_data.check_noise, fed_data.NOISE), (signals.check_dead, signals.DEAD_RELUS),
    (input_lost.check_scale, input_lost.SCALE), (input_lost.check_ignored, input_lost.IGNORED),
    (last_layer.check_axis, last_layer.AXIS), (inference.check_random, inference.RANDOM),
    (inference.check_batch, inference.BATCH), (softmax_twice.check, softmax_twice.RULE),
    (last_layer.check_cut, last_layer.CUT), (last_layer.check_dropout, last_layer.DROPOUT),
    (loss_input.check_sigmoid, loss_input.SIGMOID), (loss_input.check_logits, loss_input.LOGITS),
    (loss_fails.check_form, loss_fails.FORM), (loss_fails.check_swapped, loss_fails.SWAPPED),
    (loss_fails.check_leaves, loss_fails.LEAVES), (loss_fails.check_stops, loss_fails.STOPS),
    (wanted_class.check, wanted_class.SHIFTED, wanted_class.MISALIGNED, wanted_class.SIGN),
    (hidden_layers.check_softmax, hidden_layers.SOFTMAX), (hidden_layers.check_linear, hidden_layers.LINEAR),
    (made.check_shared, made.SHARED), (hidden_layers.check_narrow, hidden_layers.NARROW),
    (untrained.check_unchanged, untrained.UNCHANGED), (untrained.check_frozen, untrained.FROZEN),
    (untrained.check_identical, untrained.IDENTICAL), (signals.check_exploding, signals.EXPLODING),
    (signals.check_vanishing, signals.VANISHING),
    (learning_rate.check, learning_rate.HIGH, learning_rate.LOW, learning_rate.NOTHING),
    (inference.check_flag, inference.FLAG), (unused_layer.check, unused_layer.RULE),
    (later_calls.check_metric, later_calls.METRIC), (later_calls.check_unlike, later_calls.UNLIKE),
    (settings.check_mirrored, settings.MIRRORED), (settings.check_averages, settings.AVERAGES),
    (epochs.check_new_model, epochs.NEW_MODEL), (epochs.check_never, epochs.NEVER),
)  # fmt: skip

# Off by default: rules that find less than nine in ten of their planted mistakes, or had a false alarm
# (docs/checking.md).
OFF = frozenset({made.SHARED.slug})

_TRIED = {rule.code: rule for _, *rules in CHECKS for rule in rules}
MODEL_CHECKS = sum(not rule.needs_file for rule in _TRIED.values() if rule.slug not in OFF)  # without a file
_BY_CODE = _TRIED | {rule.code: rule for rule in old_names.RULES.values()}
RULES: tuple[Rule, ...] = tuple(_BY_CODE[code] for code in sorted(_BY_CODE))
