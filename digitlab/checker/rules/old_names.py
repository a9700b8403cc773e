"""DL701 to DL705: names of an older Keras or TensorFlow.  Told from what a program used, not by trying it."""

from __future__ import annotations

from collections.abc import Sequence

from digitlab.checker.findings import Finding, Rule, Severity
from digitlab.programs.fix import fixed_lines
from digitlab.programs.old_uses import Use
from digitlab.programs.source import SourceFile
from digitlab.programs.successors import Kind

REMOVED = Rule(
    code="DL701",
    slug="removed-name",
    severity="error",
    title="a name of an older Keras or TensorFlow is gone, and the program stops there",
    why="Programs for Keras 2 are everywhere, and today's Keras stops at the names that it no longer has. Each of "
    "these has one exact successor; the check went on with that. digitlab check --fix writes the file anew.",
    wrong='model.compile(keras.optimizers.SGD(lr=0.1), "sparse_categorical_crossentropy")',
    right='model.compile(keras.optimizers.SGD(learning_rate=0.1), "sparse_categorical_crossentropy")',
)
TENSORFLOW_1 = Rule(
    code="DL702",
    slug="tensorflow-1",
    severity="error",
    title="this is TensorFlow 1 code",
    why="TensorFlow 1 built a graph and ran it in a session. TensorFlow 2 computes at once, and has neither "
    "placeholders nor sessions: such a program is rewritten, not mended. docs/lab.md does the same training.",
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
    title="the same words mean something else than when such programs were written",
    why="Old tutorials use Adadelta and Adagrad without a learning rate, which was 1 and 0.01 then and is 0.001 today: "
    "the program runs, and learns next to nothing.",
    wrong='model.compile("adadelta", "sparse_categorical_crossentropy")',
    right='model.compile(keras.optimizers.Adadelta(learning_rate=1.0), "sparse_categorical_crossentropy")',
)
IGNORED = Rule(
    code="DL705",
    slug="ignored-argument",
    severity="warning",
    title="Keras takes an argument and does nothing with it",
    why="Keras 3 still accepts decay= and ReduceLROnPlateau(epsilon=…), without an error and without an effect: the "
    "learning rate is another than the program says.",
    wrong="keras.optimizers.SGD(learning_rate=0.1, decay=1e-3)",
    right="keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 1e-3))",
)
MOST = 8  # lines that are written out
RULES: dict[Kind, Rule] = {
    "removed": REMOVED,
    "tensorflow-1": TENSORFLOW_1,
    "no-successor": NO_SUCCESSOR,
    "changed": CHANGED,
    "ignored": IGNORED,
}


def findings(source: SourceFile, uses: Sequence[Use], *, stopped: bool = False) -> list[Finding]:
    """A finding for each rule that holds, the first line at the head of its list.

    Args:
        source: the program.
        uses: what it uses of old names.
        stopped: it stopped at one of them.  Else what has no successor was never reached, which is a warning.
    """
    found = []
    for kind, rule in RULES.items():
        of_kind = sorted((use for use in uses if use.kind == kind), key=lambda use: use.line)
        if not of_kind:
            continue
        severity: Severity | None = "warning" if kind in ("no-successor", "tensorflow-1") and not stopped else None
        observed = _listed([_seen(source, use) for use in of_kind])
        fix = _listed([_fixed(source, use, uses) for use in of_kind])
        if kind == "tensorflow-1":
            fix = "rewrite it for TensorFlow 2: docs/lab.md shows how"
        found.append(rule.finding(observed, fix, line=of_kind[0].line, severity=severity))
    return found


def _listed(texts: Sequence[str]) -> str:
    several = list(dict.fromkeys(texts))
    more = f" (and {len(several) - MOST} more)" if len(several) > MOST else ""
    return "; ".join(several[:MOST]) + more


def _seen(source: SourceFile, use: Use) -> str:
    where = source.place(use.line)
    if use.kind == "changed":
        return f"{where}: {use.old} was meant before {use.since}"
    if use.kind == "ignored":
        return f"{where}: {use.old} does nothing since {use.since}"
    if use.kind == "removed":
        return f"{where}: {use.old} is {use.new} since {use.since}"
    return f"{where}: {use.old} is gone since {use.since}"


def _fixed(source: SourceFile, use: Use, uses: Sequence[Use]) -> str:
    lines = fixed_lines(source, use, uses) or [(use.line, use.new)]
    return "; ".join(f"{source.place(line)}: {text}" for line, text in lines)
