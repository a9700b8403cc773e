"""DL701 to DL705: names of an older Keras or TensorFlow, found in the text of the program."""

from __future__ import annotations

from collections.abc import Sequence

from digitlab.base.findings import Finding, Severity
from digitlab.checker.rule import Rule
from digitlab.programs.fix import fixed_lines
from digitlab.programs.old_uses import Use
from digitlab.programs.source import SourceFile
from digitlab.programs.successors import Kind

REMOVED = Rule(
    code="DL701",
    slug="removed-name",
    severity="error",
    title="the program stops at a name that newer Keras or TensorFlow no longer has",
    why="Programs for Keras 2 are everywhere, and today's Keras stops at the names that it no longer has. Each of "
    "these has one exact successor, which the check used. digitlab check --fix writes a copy with the new names.",
    wrong='model.compile(keras.optimizers.SGD(lr=0.1), "sparse_categorical_crossentropy")',
    right='model.compile(keras.optimizers.SGD(learning_rate=0.1), "sparse_categorical_crossentropy")',
)
TENSORFLOW_1 = Rule(
    code="DL702",
    slug="tensorflow-1",
    severity="error",
    title="this is TensorFlow 1 code",
    why="TensorFlow 1 built a graph and ran it in a session. TensorFlow 2 computes at once, and has neither "
    "placeholders nor sessions: such a program has to be rewritten. docs/lab.md does the same training.",
    wrong="x = tf.placeholder(tf.float32, [None, 784])\n"
    "with tf.Session() as session:\n    session.run(step, {x: images})",
    right="with tf.GradientTape() as tape:\n    loss = loss_object(labels, model(images, training=True))",
)
NO_SUCCESSOR = Rule(
    code="DL703",
    slug="removed-without-successor",
    severity="error",
    title="a part of an older Keras is gone, and nothing took its place",
    why="Keras 3 has dropped some layers and wrappers that few used. What they did has to be written in another way.",
    wrong="from keras.wrappers.scikit_learn import KerasClassifier",
    right="model.fit(images, labels)",
)
CHANGED = Rule(
    code="DL704",
    slug="changed-meaning",
    severity="warning",
    title="a default has changed since such programs were written",
    why="Old tutorials use Adadelta and Adagrad without a learning rate, which was 1 and 0.01 then and is 0.001 today: "
    "the program runs, and learns next to nothing.",
    wrong='model.compile("adadelta", "sparse_categorical_crossentropy")',
    right='model.compile(keras.optimizers.Adadelta(learning_rate=1.0), "sparse_categorical_crossentropy")',
)
IGNORED = Rule(
    code="DL705",
    slug="ignored-argument",
    severity="warning",
    title="Keras accepts an argument and ignores it",
    why="Keras 3 still accepts decay= and ReduceLROnPlateau(epsilon=…), without an error and without an effect: the "
    "learning rate is not the one that the program sets.",
    wrong="keras.optimizers.SGD(learning_rate=0.1, decay=1e-3)",
    right="keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 1e-3))",
)
RULES: dict[Kind, Rule] = {
    "removed": REMOVED,
    "tensorflow-1": TENSORFLOW_1,
    "no-successor": NO_SUCCESSOR,
    "changed": CHANGED,
    "ignored": IGNORED,
}
OBSERVED: dict[Kind, str] = {
    "removed": "{0.old} is {0.new} since {0.since}",
    "tensorflow-1": "{0.old} is gone since {0.since}",
    "no-successor": "{0.old} is gone since {0.since}",
    "changed": "{0.old} was the default before {0.since}",
    "ignored": "{0.old} does nothing since {0.since}",
}
MAX_LINES = 8  # that are written out


def findings(source: SourceFile, uses: Sequence[Use], *, stopped: bool) -> list[Finding]:
    """A finding for each rule that holds, at the first line of its kind.

    Args:
        source: the program.
        uses: of old names in it.
        stopped: the program stopped at one of them.  Otherwise a name without a successor was never reached, which is
            a warning.
    """
    found = []
    for kind, rule in RULES.items():
        of_kind = sorted((use for use in uses if use.kind == kind), key=lambda use: use.line)
        if not of_kind:
            continue
        severity: Severity | None = "warning" if kind in ("no-successor", "tensorflow-1") and not stopped else None
        observed = _listed([f"{source.place(use.line)}: {OBSERVED[kind].format(use)}" for use in of_kind])
        fix = "rewrite it for TensorFlow 2: docs/lab.md shows how"
        if kind != "tensorflow-1":
            lines = [line for use in of_kind for line in fixed_lines(source, use, uses) or [(use.line, use.new)]]
            fix = _listed([f"{source.place(line)}: {text}" for line, text in lines])
        found.append(rule.finding(observed, fix, line=of_kind[0].line, severity=severity))
    return found


def _listed(texts: Sequence[str]) -> str:
    different = list(dict.fromkeys(texts))
    more = f" (and {len(different) - MAX_LINES} more)" if len(different) > MAX_LINES else ""
    return "; ".join(different[:MAX_LINES]) + more
