"""DL406 and DL407: the learning rate is far too high or far too low; DL408: the model does not learn at all."""

from collections.abc import Iterator

from digitlab.base.findings import Finding
from digitlab.checker.observe.learning import OVERFIT_IMAGES
from digitlab.checker.observe.observations import Observations
from digitlab.checker.observe.training import MIN_STEPS, ShortFit
from digitlab.checker.rule import Rule
from digitlab.checker.where import line_naming, quoted, step_line

HIGH = Rule(
    code="DL406",
    slug="learning-rate-too-high",
    severity="error",
    title="the learning rate is far too high",
    why="A step goes along the gradient, which is right only nearby. Steps that are too long jump over the minimum "
    "and land higher than they started: the loss oscillates, grows, or becomes NaN.",
    wrong="optimizer = keras.optimizers.Adam(1.0)",
    right="optimizer = keras.optimizers.Adam(0.001)",
)
LOW = Rule(
    code="DL407",
    slug="learning-rate-too-low",
    severity="warning",
    title="the learning rate is far too low",
    why="With tiny steps a model moves in the right direction and never arrives: after all epochs it is hardly better "
    "than at the start.",
    wrong="optimizer = keras.optimizers.SGD(1e-6)",
    right="optimizer = keras.optimizers.SGD(0.01)",
)
NOTHING = Rule(
    code="DL408",
    slug="cannot-learn-by-heart",
    severity="error",
    title="the model cannot overfit 64 digits",
    why="Any working model can memorize a handful of images; in seconds this shows whether model, loss and step fit "
    "together. If it fails, something between images and weights is broken, and more data or epochs will not help.",
    wrong="x = layers.Dense(128, activation='relu')(x * 0)",
    right="x = layers.Dense(128, activation='relu')(x)",
)

# Empirical; the contract (tests/checker) holds the checker to them.
MIN_FALL, MIN_ACCURACY = 0.15, 0.3  # of the loss and of the digits: it learns
MIN_ACCURACY_ALONE = 0.6  # it learns, whatever the loss
MIN_GOOD_ACCURACY = 0.7  # the rate is not far off
MIN_GAIN = 0.3  # of accuracy, by which another rate is better
MIN_FALL_ALONE = 0.5  # it learns, whatever the accuracy: averages of batch normalization lag in a short training
MIN_MOVED = 0.01  # of the loss: below it, the loss did not move
MAX_RISE = 0.5  # of the loss, in a training that is called stuck
MAX_HOPELESS_ACCURACY, MIN_HOPELESS_STEPS = 0.5, 100  # a working model has memorized 64 digits by then
LOWER, HIGHER, FASTER = (0.1, 0.01, 0.001), (100.0, 1_000.0, 10_000.0, 100_000.0), (10.0, 100.0)


def check(seen: Observations) -> Finding | None:
    """Up to 200 steps on 64 digits at the program's rate; if that fails, at other rates."""
    fit = seen.learning.overfit
    if not seen.answers.usable or fit is None or (not fit.jumps and _learns(fit) and fit.end >= MIN_GOOD_ACCURACY):
        return None
    flat = fit.finite and not fit.jumps and not _learns(fit) and fit.fall >= -MAX_RISE
    if flat and len(fit.losses) < MIN_STEPS:
        return None
    for times, other in _fits(seen, LOWER):
        if _is_better(other, fit):
            return _rate_finding(HIGH, seen, fit, times, other)
    return _too_low(seen, fit) if flat else None


def _too_low(seen: Observations, fit: ShortFit) -> Finding | None:
    """The finding for a loss that hardly falls: at higher rates it does, or at none."""
    hopeless = (
        fit.end <= MAX_HOPELESS_ACCURACY and seen.steps.rate is not None and len(fit.losses) >= MIN_HOPELESS_STEPS
    )
    stuck = fit.fall < MIN_MOVED
    if not stuck and not hopeless:
        return None
    tried = HIGHER if stuck else FASTER
    for times, other in _fits(seen, tried):
        if other.fall >= MIN_FALL_ALONE or (_learns(other) and other.end > fit.start + MIN_GAIN):
            return _rate_finding(LOW, seen, fit, times, other)
    if not hopeless:
        return None
    return NOTHING.finding(
        f"after {len(fit.losses)} steps on {OVERFIT_IMAGES} digits {fit.end:.0%} of them are recognised and the "
        f"loss went from {fit.losses[0]:.3f} to {fit.last:.3f}; {LOWER[-1]:g} to {tried[-1]:g} times this learning "
        "rate does not help",
        "look for what cuts the weights off from the images or from the loss",
        line=step_line(seen.subject),
    )


def _fits(seen: Observations, factors: tuple[float, ...]) -> Iterator[tuple[float, ShortFit]]:
    for times in factors:
        other = seen.learning.overfit_at(times)
        if other is not None:
            yield times, other


def _is_better(other: ShortFit, fit: ShortFit) -> bool:
    """Whether it learns well at a lower rate; where the loss jumped, without a jump."""
    if fit.jumps:
        return not other.jumps and _learns(other)
    return other.end >= MIN_GOOD_ACCURACY and other.end > fit.end + MIN_GAIN


def _learns(fit: ShortFit) -> bool:
    if not fit.finite:
        return False
    by_both = fit.fall >= MIN_FALL and fit.end >= MIN_ACCURACY
    return by_both or (fit.end >= MIN_ACCURACY_ALONE and fit.fall > -MAX_RISE)


def _rate_finding(rule: Rule, seen: Observations, fit: ShortFit, times: float, other: ShortFit) -> Finding | None:
    rate = seen.steps.rate
    if rate is None or seen.subject.rate_is_ours:
        return None
    names = ("learning_rate", "SGD", "Adam", "RMSprop", "Adagrad", "AdamW", "Nadam", "lr")
    line = rate.line or line_naming(seen.subject, *names)
    to = f"{fit.last:.3g}" if fit.finite else "NaN or infinity"
    to += f" by way of {fit.losses.max():.3g}" if fit.jumps else ""
    return rule.finding(
        f"{len(fit.losses)} steps on {OVERFIT_IMAGES} digits at rate {rate.value:g} take the loss from "
        f"{fit.losses[0]:.3g} to {to}; at {rate.value * times:g} from {other.losses[0]:.3g} to {other.last:.3g}",
        f"try {rate.value * times:g}{': ' + quoted(seen.subject, line) if line else f' in {rate.text}'}",
        line=line,
        severity="hint" if times == FASTER[0] else None,  # a rate that is slow on 64 digits may be right for 60,000
    )
