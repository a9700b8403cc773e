"""digitlab recipes: the models that can be trained by name."""

from __future__ import annotations

from digitlab.cli.options import Json
from digitlab.cli.printing import print_json, say


def recipes(as_json: Json = False) -> None:
    """List the recipes: network, cost, expected accuracy."""
    from digitlab import recipes as known

    listed = [(spec, known.find(spec)) for spec in known.LISTED]
    if as_json:
        print_json(
            [{"recipe": spec, "network": one.title, "cost": one.cost, "expected": one.expected} for spec, one in listed]
        )
        return
    for spec, one in listed:
        say(spec, f"  {one.title}", f"  cost: {one.cost}", f"  expected on MNIST: {one.expected}", "")
    say("mlp takes any hidden layers: mlp:WIDTH-WIDTH-…  Train one: digitlab train fast")
