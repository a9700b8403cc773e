"""Which statements of a user's file are left out when it is loaded, told from their syntax.  Needs no TensorFlow.

What defines things is run.  What trains, tests, prints, plots or writes is not: digitlab does these itself, or
nobody wants them while a model is loaded.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

TRAINS, EVALUATES, PLOTS, WRITES = "it trains", "it evaluates", "it plots", "it writes a file"
PRINTS, SEEDS, ASKS, ENDS = "it prints", "the run's seed counts", "it waits for someone", "it ends the program"
CONFIGURES, MAIN = "it sets TensorFlow up", "it runs only as the main program"

REASONS = {
    TRAINS: "fit fit_generator train_on_batch apply_gradients minimize GradientTape",
    EVALUATES: "evaluate evaluate_generator predict predict_on_batch predict_generator test_on_batch",
    PLOTS: "show savefig imshow plot_model",
    WRITES: "save save_weights save_model export savez savez_compressed to_csv to_json makedirs mkdir",
    PRINTS: "print pprint display summary",
    SEEDS: "set_seed set_random_seed seed enable_op_determinism",
    ASKS: "input sleep get_ipython",
    ENDS: "exit quit",
    CONFIGURES: "run_functions_eagerly set_visible_devices set_memory_growth set_intra_op_parallelism_threads "
    "set_inter_op_parallelism_threads set_logical_device_configuration set_soft_device_placement",
}
REASON_OF = {name: reason for reason, names in REASONS.items() for name in names.split()}
PLOTTING = ("matplotlib", "seaborn", "plotly")
# Whoever calls such a function does it too; for plots and files only where the call stands alone, since a function
# that builds the model may well draw something on the way.
CONTAGIOUS = (TRAINS, EVALUATES)
# What makes a whole loop one that is not for building.
OF_LOOPS = (TRAINS, EVALUATES, PLOTS, WRITES, ASKS, ENDS)

Nested = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


class Script:
    """What the statements of one file do."""

    def __init__(self, tree: ast.Module) -> None:
        self._plotting = set(_plotting_names(tree))
        self._functions: dict[str, set[str]] = {}
        self._learn_functions(tree)

    def trains(self, function: str) -> bool:
        """Whether the file has a function or method of this name that trains."""
        return TRAINS in self._functions.get(function, ())

    def why_left_out(self, statement: ast.stmt) -> str | None:
        """Why `statement` as a whole is not run, or None: it is, maybe without a part (`pruned`)."""
        if isinstance(statement, Nested | ast.Import | ast.ImportFrom):
            return None
        if isinstance(statement, ast.If):
            return MAIN if is_main_guard(statement) else self._first(statement.test)
        if isinstance(statement, ast.With | ast.AsyncWith):
            return next(filter(None, (self._first(item.context_expr) for item in statement.items)), None)
        if isinstance(statement, ast.Try):
            return None
        if isinstance(statement, ast.For | ast.AsyncFor | ast.While):
            return next((reason for reason in self._reasons(statement) if reason in OF_LOOPS), None)
        return self._first(statement, alone=isinstance(statement, ast.Expr))

    def pruned(self, statement: ast.stmt) -> ast.stmt:
        """`statement` without those of its inner statements that are left out."""
        if isinstance(statement, ast.If | ast.With | ast.For | ast.While | ast.Try):
            for field in ("body", "orelse", "finalbody"):
                if getattr(statement, field, None):
                    setattr(statement, field, self._pruned_body(getattr(statement, field)))
            for handler in getattr(statement, "handlers", ()):
                handler.body = self._pruned_body(handler.body)
        return statement

    def _pruned_body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        kept = [self.pruned(inner) for inner in body if self.why_left_out(inner) is None]
        return kept or [ast.copy_location(ast.Pass(), body[0])]

    def _first(self, node: ast.AST, *, alone: bool = False) -> str | None:
        return next(self._reasons(node, alone=alone), None)

    def _reasons(self, node: ast.AST, *, alone: bool = True) -> Iterator[str]:
        """Why the calls in `node` would be left out, but for those inside functions that it defines."""
        for call in outside_functions(node):
            if isinstance(call, ast.Call):
                yield from self._reasons_of(call, alone=alone)

    def _reasons_of(self, call: ast.Call, *, alone: bool) -> Iterator[str]:
        name, root = _called(call.func)
        if root in self._plotting:
            yield PLOTS
        elif name == "open" and _opens_to_write(call):
            yield WRITES
        elif name in self._functions:
            yield from (reason for reason in self._functions[name] if alone or reason in CONTAGIOUS)
        elif name in REASON_OF:
            yield REASON_OF[name]

    def _learn_functions(self, tree: ast.Module) -> None:
        """Find what each function does, through all that it calls: until nothing new is found."""
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self._functions = {function.name: set() for function in functions}
        grown = True
        while grown:
            grown = False
            for function in functions:
                inside = {reason for line in function.body for reason in self._reasons_deep(line)}
                new = inside - {PRINTS, SEEDS, CONFIGURES} - self._functions[function.name]
                grown = grown or bool(new)
                self._functions[function.name] |= new

    def _reasons_deep(self, node: ast.AST) -> Iterator[str]:
        for call in ast.walk(node):
            if isinstance(call, ast.Call):
                yield from self._reasons_of(call, alone=True)


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and what is inside it, but not what is inside functions and classes defined there."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Nested):
            yield from outside_functions(child)


def names_bound(statement: ast.stmt) -> set[str]:
    """The names that `statement` gives a value to."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    inner = {child.name for child in ast.walk(statement) if isinstance(child, ast.FunctionDef | ast.ClassDef)}
    return inner | {
        node.id
        for node in outside_functions(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def names_used(statement: ast.stmt) -> set[str]:
    """The names whose values `statement` needs while it runs."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        outer: Iterable[ast.AST] = statement.decorator_list
    else:
        outer = [statement]
    nodes = [node for part in outer for node in outside_functions(part)]
    own = {name for node in nodes if isinstance(node, ast.For | ast.comprehension) for name in _names(node.target)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)} - own


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def lines_of_names(tree: ast.Module) -> dict[str, int]:
    """The line where each name of the top level got its last value."""
    return {name: statement.lineno for statement in tree.body for name in names_bound(statement)}


def is_main_guard(statement: ast.If) -> bool:
    """Whether it is `if __name__ == "__main__":`."""
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test))


def _called(function: ast.expr) -> tuple[str, str]:
    """The last and the first name of what is called: `plt.figure` → («figure», «plt»)."""
    last = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    while isinstance(function, ast.Attribute | ast.Call | ast.Subscript):
        function = function.func if isinstance(function, ast.Call) else function.value
    return last, function.id if isinstance(function, ast.Name) else ""


def _opens_to_write(call: ast.Call) -> bool:
    modes = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax+") for mode in modes)


def _plotting_names(tree: ast.Module) -> Iterator[str]:
    """What the file calls the modules (and functions of them) that plot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(PLOTTING):
                    yield (alias.asname or alias.name).partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PLOTTING):
            for alias in node.names:
                yield alias.asname or alias.name


def opens_tape_once(function: ast.FunctionDef) -> bool:
    """Whether a `GradientTape` is opened in `function`, and not in a loop: that would be a whole training."""
    if any(isinstance(node, ast.For | ast.While) for node in ast.walk(function)):
        return False
    return opens_tape(function)


def opens_tape(node: ast.AST) -> bool:
    """Whether a `GradientTape` is named in `node`."""
    return any(
        isinstance(inner, ast.Attribute | ast.Name) and ast.unparse(inner).endswith("GradientTape")
        for inner in ast.walk(node)
    )
