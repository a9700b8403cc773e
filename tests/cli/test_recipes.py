from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from digitlab import recipes
from digitlab.cli.main import app
from digitlab.images.spec import MNIST


def test_each_recipe_is_listed_with_its_own_facts() -> None:
    listed = json.loads(CliRunner().invoke(app, ["recipes", "--json"]).stdout)
    assert {one["recipe"].partition(":")[0] for one in listed} == set(recipes.NAMES)
    for one in listed:
        recipe = recipes.find(one["recipe"])
        assert (one["network"], one["cost"], one["expected"]) == (recipe.title, recipe.cost, recipe.expected)
        assert "parameters" in recipe.cost
        assert " ± " in recipe.expected


def test_people_see_the_same() -> None:
    printed = CliRunner().invoke(app, ["recipes"]).stdout
    for spec in recipes.LISTED:
        assert f"{spec}\n  {recipes.find(spec).title}\n  cost: {recipes.find(spec).cost}\n" in printed


@pytest.mark.parametrize("spec", ["softmax", "mlp:128", "mlp:512-256", "cnn", "fast"])
def test_the_parameters_that_are_told_are_those_of_the_network(spec: str) -> None:
    recipe = recipes.find(spec)
    model = recipe.build(MNIST, 10)
    model(np.zeros((1, *recipe.image_shape(MNIST)), np.float32))
    assert recipe.cost.startswith(f"{model.count_params():,} parameters; ")


def test_the_help_of_train_names_them() -> None:
    helped = CliRunner().invoke(app, ["train", "--help"]).stdout
    assert [name for name in recipes.NAMES if name not in helped] == []
