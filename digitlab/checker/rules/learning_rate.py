"""DL406 and DL407: a learning rate that is far too high or far too low; DL408: it does not learn at all."""

from collections.abc import Iterator

from digitlab.checker.findings import Finding, Rule
from digitlab.checker.observe.observations import BY_HEART, Observations
from digitlab.checker.observe.training import ENOUGH_STEPS, Course
from digitlab.checker.where import line_naming, quoted, step_line

HIGH = Rule(
    code="DL406",
    slug="learning-rate-too-high",
    severity="error",
    title="the learning rate is far too high",
    why="A step goes along the gradient, which is right only nearby. Steps that are too long jump over the valley "
    "and land higher than they started: the loss swings, grows, or becomes not-a-number.",
    wrong="optimizer = keras.optimizers.Adam(1.0)",
    right="optimizer = keras.optimizers.Adam(0.001)",
)
LOW = Rule(
    code="DL407",
    slug="learning-rate-too-low",
    severity="warning",
    title="the learning rate is far too low",
    why="With tiny steps a model goes the right way and never arrives: after all epochs it is hardly better than "
    "at the start.",
    wrong="optimizer = keras.optimizers.SGD(1e-6)",
    right="optimizer = keras.optimizers.SGD(0.01)",
)
NOTHING = Rule(
    code="DL408",
    slug="cannot-learn-by-heart",
    severity="error",
    title="the model cannot even learn 64 digits by heart",
    why="Any working model can learn a handful of images by heart; whether it does so tells in seconds if model, "
    "loss and step fit together. If it fails, something between images and weights is broken, and more data "
    "or epochs will not help.",
    wrong="x = layers.Dense(128, activation='relu')(x * 0)",
    right="x = layers.Dense(128, activation='relu')(x)",
)

LEARNED = 0.15  # the share of the loss that has to go
SOME = 0.3  # and the share of the 64 digits that is recognised then
WELL = 0.7  # so many, and the rate is not far off
RECOGNISED = 0.6  # or such a share, whatever the loss
MANY_STEPS = 100  # after which a working model has learned 64 digits by heart
LOWER, HIGHER, FASTER = (0.1, 0.01, 0.001), (100.0, 1_000.0, 10_000.0, 100_000.0), (10.0, 100.0)
MUCH = 0.5  # so much of the loss gone is learning, whatever is recognised
STUCK_AT = 0.01  # less than this share of the loss went: it did not move


def check(seen: Observations) -> Finding | None:
    """64 digits, 200 steps at the program's rate; if that fails, at others."""
    course = seen.by_heart
    if not seen.usable or course is None or (not course.jumps and _learns(course) and course.end >= WELL):
        return None
    still = course.finite and not course.jumps and not _learns(course) and course.fall >= -0.5
    if still and len(course.losses) < ENOUGH_STEPS:
        return None
    lower = next((one for one in _courses(seen, LOWER) if _better(course, one[1])), None)
    if lower is not None:
        return _of_rate(HIGH, seen, course, *lower)
    hopeless = course.end <= 0.5 and seen.rate is not None and len(course.losses) >= MANY_STEPS
    stuck = course.fall < STUCK_AT
    if not still or not (stuck or hopeless):
        return None
    tried = HIGHER if stuck else FASTER
    for times, other in _courses(seen, tried):
        # Of a model with batch normalisation the loss tells more: its averages lag behind in a short training.
        if other.fall >= MUCH or (_learns(other) and other.end > course.start + 0.3):
            return _of_rate(LOW, seen, course, times, other)
    return _nothing(seen, course, tried[-1]) if hopeless else None


def _courses(seen: Observations, rates: tuple[float, ...]) -> Iterator[tuple[float, Course]]:
    for times in rates:
        other = seen.course(times)
        if other is not None:
            yield times, other


def _better(course: Course, other: Course) -> bool:
    """Whether it goes well at a lower rate; where the loss soared on the way, without that."""
    if course.jumps:
        return not other.jumps and _learns(other)
    return other.end >= WELL and other.end > course.end + 0.3


def _learns(course: Course) -> bool:
    if not course.finite:
        return False
    return (course.fall >= LEARNED and course.end >= SOME) or (course.end >= RECOGNISED and course.fall > -0.5)


def _nothing(seen: Observations, course: Course, most: float) -> Finding:
    return NOTHING.finding(
        f"after {len(course.losses)} steps on {BY_HEART} digits {course.end:.0%} of them are recognised and the "
        f"loss went from {course.losses[0]:.3f} to {course.last:.3f}; rates from {LOWER[-1]:g} to {most:g} times this "
        "one do not help",
        "look for what cuts the weights off from the images or from the loss",
        line=step_line(seen.subject),
    )


def _of_rate(rule: Rule, seen: Observations, course: Course, times: float, other: Course) -> Finding | None:
    rate = seen.rate
    if rate is None or seen.subject.rate_is_ours:
        return None
    line = rate.line or line_naming(
        seen.subject, "learning_rate", "SGD", "Adam", "RMSprop", "Adagrad", "AdamW", "Nadam", "lr"
    )
    to = f"{course.last:.3g}" if course.finite else "not-a-number"
    to += f" by way of {course.losses.max():.3g}" if course.jumps and course.finite else ""
    return rule.finding(
        f"{len(course.losses)} steps on {BY_HEART} digits at rate {rate.value:g} take the loss from "
        f"{course.losses[0]:.3g} to {to}; at {rate.value * times:g} from {other.losses[0]:.3g} to {other.last:.3g}",
        f"try {rate.value * times:g}{': ' + quoted(seen.subject, line) if line else f' in {rate.text}'}",
        line=line,
        severity="hint" if times == FASTER[0] else None,  # what is slow on 64 digits may well arrive on 60,000
    )
