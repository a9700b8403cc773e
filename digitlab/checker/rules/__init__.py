"""What is looked for, one file a mistake (or a few that share their observation), in the order of blame.

A rule that comes earlier explains more: the first error is the one to mend first, and what follows from it is left out.
"""

from collections.abc import Callable

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import Observations
from digitlab.checker.rules import (
    batch_dependent,
    bottleneck,
    dead_relus,
    dropout_on_logits,
    fed_data,
    frozen_weights,
    hard_output,
    hidden_softmax,
    identical_units,
    ignores_input,
    label_form,
    learning_rate,
    logits_as_probabilities,
    made_in_call,
    no_gradient,
    no_nonlinearity,
    not_a_number,
    old_names,
    output_shape,
    random_at_inference,
    relu_on_logits,
    scaled_twice,
    shared_by_accident,
    sigmoid_output,
    signals,
    softmax_axis,
    softmax_twice,
    step_stops,
    training_flag,
    unscaled,
    unused_layer,
    wanted_class,
)

Check = Callable[[Observations], Finding | None]

CHECKS: tuple[tuple[tuple[Rule, ...], Check], ...] = (
    ((made_in_call.RULE,), made_in_call.check),
    ((hard_output.RULE,), hard_output.check),
    ((ignores_input.RULE,), ignores_input.check_count),
    ((output_shape.RULE,), output_shape.check),
    ((not_a_number.RULE,), not_a_number.check),
    ((fed_data.LABELS,), fed_data.check_labels),
    ((fed_data.LEAK,), fed_data.check_leak),
    ((unscaled.RULE,), unscaled.check),
    ((scaled_twice.RULE,), scaled_twice.check),
    ((fed_data.INVERTED,), fed_data.check_inverted),
    ((dead_relus.RULE,), dead_relus.check),
    ((ignores_input.SCALE,), ignores_input.check_scale),
    ((ignores_input.RULE,), ignores_input.check),
    ((softmax_axis.RULE,), softmax_axis.check),
    ((random_at_inference.RULE,), random_at_inference.check),
    ((batch_dependent.RULE,), batch_dependent.check),
    ((softmax_twice.RULE,), softmax_twice.check),
    ((relu_on_logits.RULE,), relu_on_logits.check),
    ((dropout_on_logits.RULE,), dropout_on_logits.check),
    ((sigmoid_output.RULE,), sigmoid_output.check),
    ((logits_as_probabilities.RULE,), logits_as_probabilities.check),
    ((label_form.FORM,), label_form.check_form),
    ((label_form.SWAPPED,), label_form.check_swapped),
    ((step_stops.RULE,), step_stops.check),
    ((wanted_class.SHIFTED, wanted_class.MISALIGNED, wanted_class.SIGN), wanted_class.check),
    ((hidden_softmax.RULE,), hidden_softmax.check),
    ((no_nonlinearity.RULE,), no_nonlinearity.check),
    ((shared_by_accident.RULE,), shared_by_accident.check),
    ((bottleneck.RULE,), bottleneck.check),
    ((no_gradient.RULE,), no_gradient.check),
    ((frozen_weights.RULE,), frozen_weights.check),
    ((identical_units.RULE,), identical_units.check),
    ((signals.EXPLODING,), signals.check_exploding),
    ((signals.VANISHING,), signals.check_vanishing),
    ((learning_rate.HIGH, learning_rate.LOW, learning_rate.NOTHING), learning_rate.check),
    ((training_flag.RULE,), training_flag.check),
    ((unused_layer.RULE,), unused_layer.check),
)

# Off by default: what finds less than nine in ten of its planted mistakes, or ever cried wolf (docs/checking.md).
OFF = frozenset({shared_by_accident.RULE.slug})

RULES: tuple[Rule, ...] = tuple(
    sorted(
        {
            rule.code: rule for rules in [*(rules for rules, _ in CHECKS), old_names.RULES.values()] for rule in rules
        }.values(),
        key=lambda rule: rule.code,
    )
)
