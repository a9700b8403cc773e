"""Models with their training settings, by name; one file a recipe."""

from digitlab.errors import UsageError, unknown_name
from digitlab.recipes import accurate, best, cnn, fast, mlp, robust, softmax
from digitlab.recipes.recipe import Recipe

WITHOUT_LAYERS = {
    "accurate": accurate.RECIPE,
    "best": best.RECIPE,
    "cnn": cnn.RECIPE,
    "fast": fast.RECIPE,
    "robust": robust.RECIPE,
    "softmax": softmax.RECIPE,
}
NAMES = tuple(sorted({"mlp", *WITHOUT_LAYERS}))
LISTED = ("softmax", "mlp:128", "mlp:512-256", "cnn", "fast", "accurate", "best", "robust")  # the simplest first


def find(spec: str) -> Recipe:
    """The recipe `name`, or `name:layers` (raises UsageError with the nearest known name)."""
    name, colon, layers = spec.partition(":")
    if name == "mlp":
        return mlp.recipe(layers if colon else None)
    if name not in NAMES:
        raise unknown_name("recipe", name, NAMES)
    if colon:
        raise UsageError(f"{name} takes no layers", found=spec, remedy=f"say {name}, or mlp:{layers or '128'}")
    return WITHOUT_LAYERS[name]
