"""Mistakes in what is handed in: images and labels."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.checker.mutations import facts
from tests.checker.mutations.program import Plan, Program, constant, last_name
from tests.checker.mutations.registry import mutation

PARTS = ("x", "y", "xt", "yt")


def after_loading(program: Program, **new: str) -> Iterator[Plan]:
    """Changes images (x, xt) and labels (y, yt) just after load_data(), each by an expression of all four."""
    for call in program.calls("load_data"):
        statement = program.parent[call]
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Tuple):
            continue
        names = _names(program, statement.targets[0])
        filled = {part: text.format(**names) for part, text in new.items()}
        yield program.line_after(statement, *_assignments(names, filled))


def _names(program: Program, target: ast.Tuple) -> dict[str, str]:
    texts = []
    for part in target.elts:
        inner = part.elts if isinstance(part, ast.Tuple) else None
        texts += [program.text(e) for e in inner] if inner else [f"{program.text(part)}[{i}]" for i in (0, 1)]
    return dict(zip(PARTS, texts, strict=True))


def _assignments(names: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for images, labels in (("x", "y"), ("xt", "yt")):
        if not names[images].endswith("[0]"):
            yield from (f"{names[part]} = {new[part]}" for part in (images, labels) if part in new)
        elif images in new or labels in new:
            # A split in one name is a tuple, which is made anew.
            pair = (new.get(part, names[part]) for part in (images, labels))
            yield f"{names[images].removesuffix('[0]')} = ({', '.join(pair)})"


@mutation("labels-shifted-class", "data")
def labels_shifted_class(program: Program) -> Iterator[Plan]:
    yield from after_loading(program, y="({y} + 1) % 10")
    yield from after_loading(program, y="np.roll(np.arange(10), 1)[{y}]")
    for call in program.calls("one_hot", "to_categorical"):
        if call.args and "test" not in program.text(call):
            yield program.around(call.args[0], "(", " + 1) % 10")
    for node in program.each(ast.Subscript):
        if isinstance(node.value, ast.Call) and last_name(node.value.func) == "eye":
            # Negative indices count from the end: 0 becomes 9.
            yield program.around(node.slice, "", ".astype(int) - 1")


@mutation("labels-misaligned", "data")
def labels_misaligned(program: Program) -> Iterator[Plan]:
    yield from after_loading(program, x="np.random.permutation({x})")
    yield from after_loading(program, y="np.random.permutation({y})")
    yield from after_loading(program, x="{x}[np.random.permutation(len({x}))]")
    # Read as columns, although they lie in rows.
    yield from after_loading(program, x="{x}.reshape(784, -1).T.reshape(-1, 28, 28)")


@mutation("inputs-0-255", "data")
def inputs_0_255(program: Program) -> Iterator[Plan]:
    if facts.scale_free(program):
        return
    plan = [edit for node in _divisions(program) for edit in _undivided(program, node)]
    if plan:
        yield plan
    for call in program.calls("convert_image_dtype"):
        whole = [e for c in program.calls("convert_image_dtype") for e in _cast_instead(program, c)]
        yield whole if call else []
    for call in program.calls("Rescaling"):
        parent = program.parent[call]
        if isinstance(parent, ast.List):
            yield program.without_element(parent, call)


def _divisions(program: Program) -> Iterator[ast.BinOp]:
    for node in program.each(ast.BinOp):
        if isinstance(node.op, ast.Div) and _greys(node.right) and not isinstance(node.left, ast.Constant):
            yield node


def _greys(node: ast.expr) -> bool:
    value = constant(node.args[0]) if isinstance(node, ast.Call) and node.args else constant(node)
    return value in (255, 127.5)


def _undivided(program: Program, node: ast.BinOp) -> Plan:
    parent = program.parent[node]
    whole = parent if isinstance(parent, ast.BinOp) and constant(parent.right) == 1.0 else node
    left = program.text(node.left)
    # Without the division whole numbers stay whole numbers, which tf.matmul wouldn't take.
    return program.instead(whole, left if "float" in left else f'{left}.astype("float32")')


def _cast_instead(program: Program, call: ast.Call) -> Plan:
    return program.instead(call.func, "tf.cast")


@mutation("scaled-twice", "data")
def scaled_twice(program: Program) -> Iterator[Plan]:
    if facts.standardises(program):
        return
    yield from after_loading(program, x="{x} / 255.0", xt="{xt} / 255.0")
    for call in program.calls("Input", "InputLayer"):
        # By a layer in the model, on top of what the pipeline does.
        if isinstance(program.parent[call], ast.List) and not facts.has(program, "Rescaling"):
            yield program.around(call, "", ", tf.keras.layers.Rescaling(1.0 / 255)")


@mutation("inverted-images", "data")
def inverted_images(program: Program) -> Iterator[Plan]:
    yield from after_loading(program, x="255 - {x}", xt="255 - {xt}")
    yield from after_loading(program, x="np.invert({x})", xt="np.invert({xt})")
    yield from after_loading(program, x="255 - {x}")


@mutation("test-images-in-train", "data")
def test_images_in_train(program: Program) -> Iterator[Plan]:
    both = {"x": "np.concatenate([{x}, {xt}])", "y": "np.concatenate([{y}, {yt}])"}
    yield from after_loading(program, **both)
    # The other way round: the images that it is tested with are some of those that it learned.
    yield from after_loading(program, xt="{x}[:10000]", yt="{y}[:10000]")
