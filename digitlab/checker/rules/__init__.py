"""What is looked for, one file a mistake (or a few that share their observation), in the order of blame.

A rule that comes earlier explains more: the first error is the one to mend first, and what follows from it is left out.
"""

from collections.abc import Callable

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rules import (
    behind_fit,
    epochs,
    fed_data,
    hidden_layers,
    inference,
    input_lost,
    last_layer,
    learning_rate,
    loss_fails,
    made,
    old_names,
    output_wrong,
    settings,
    signals,
    softmax_twice,
    taken_for,
    untrained,
    unused_layer,
    wanted_class,
)

Check = Callable[[Observations], Finding | None]

# Each with the rules that it may find to hold.
CHECKS: tuple[tuple[Check, *tuple[Rule, ...]], ...] = (
    (made.check_in_call, made.IN_CALL), (output_wrong.check_hard, output_wrong.HARD),
    (input_lost.check_count, input_lost.IGNORED), (output_wrong.check_shape, output_wrong.SHAPE),
    (output_wrong.check_number, output_wrong.NO_NUMBER), (fed_data.check_labels, fed_data.LABELS),
    (fed_data.check_leak, fed_data.LEAK), (input_lost.check_unscaled, input_lost.UNSCALED),
    (input_lost.check_twice, input_lost.TWICE), (fed_data.check_inverted, fed_data.INVERTED),
    (fed_data.check_noise, fed_data.NOISE), (signals.check_dead, signals.DEAD_RELUS),
    (input_lost.check_scale, input_lost.SCALE), (input_lost.check_ignored, input_lost.IGNORED),
    (last_layer.check_axis, last_layer.AXIS), (inference.check_random, inference.RANDOM),
    (inference.check_company, inference.COMPANY), (softmax_twice.check, softmax_twice.RULE),
    (last_layer.check_cut, last_layer.CUT), (last_layer.check_dropout, last_layer.DROPOUT),
    (taken_for.check_sigmoid, taken_for.SIGMOID), (taken_for.check_logits, taken_for.LOGITS),
    (loss_fails.check_form, loss_fails.FORM), (loss_fails.check_swapped, loss_fails.SWAPPED),
    (loss_fails.check_leaves, loss_fails.LEAVES), (loss_fails.check_stops, loss_fails.STOPS),
    (wanted_class.check, wanted_class.SHIFTED, wanted_class.MISALIGNED, wanted_class.SIGN),
    (hidden_layers.check_softmax, hidden_layers.SOFTMAX), (hidden_layers.check_linear, hidden_layers.LINEAR),
    (made.check_shared, made.SHARED), (hidden_layers.check_narrow, hidden_layers.NARROW),
    (untrained.check_still, untrained.STILL), (untrained.check_frozen, untrained.FROZEN),
    (untrained.check_alike, untrained.ALIKE), (signals.check_exploding, signals.EXPLODING),
    (signals.check_vanishing, signals.VANISHING),
    (learning_rate.check, learning_rate.HIGH, learning_rate.LOW, learning_rate.NOTHING),
    (inference.check_flag, inference.FLAG), (unused_layer.check, unused_layer.RULE),
    (behind_fit.check_metric, behind_fit.METRIC), (behind_fit.check_unlike, behind_fit.UNLIKE),
    (settings.check_mirrored, settings.MIRRORED), (settings.check_averages, settings.AVERAGES),
    (epochs.check_anew, epochs.ANEW), (epochs.check_never, epochs.NEVER),
)  # fmt: skip

# Off by default: what finds less than nine in ten of its planted mistakes, or ever cried wolf (docs/checking.md).
OFF = frozenset({made.SHARED.slug})

_BY_CODE = {rule.code: rule for rules in [*(rules for _, *rules in CHECKS), old_names.RULES.values()] for rule in rules}
RULES: tuple[Rule, ...] = tuple(_BY_CODE[code] for code in sorted(_BY_CODE))
