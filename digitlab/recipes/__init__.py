"""Models with their training settings, by name; one file a recipe."""

from digitlab.errors import unknown_name
from digitlab.recipes import softmax
from digitlab.recipes.recipe import Recipe

RECIPES = {"softmax": softmax.RECIPE}


def find(name: str) -> Recipe:
    """The recipe of this name (raises UsageError with the nearest known one)."""
    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES)
    return RECIPES[name]
