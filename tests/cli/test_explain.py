from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from digitlab.cli.main import app
from digitlab.data.dataset import Split


@pytest.mark.parametrize("model", ["softmax", "mlp:128", "robust"])
def test_the_page_accounts_for_every_pixel(held_out: Split, tmp_path: Path, model: str) -> None:
    file = tmp_path / "digit.png"
    Image.fromarray(255 - held_out.images[0]).resize((140, 140)).save(file)
    result = CliRunner().invoke(app, ["explain", str(file), "--model", model, "--out", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["residual"] < 1e-6
    page = (tmp_path / "explain.html").read_text()
    assert document["page"] == str(tmp_path / "explain.html")
    assert document["answer"].split(" ")[0].rstrip(":") in page
    assert page.count("data:image/png;base64,") >= 18
    assert (tmp_path / "explain.png").read_bytes().startswith(b"\x89PNG")


def test_several_digits_are_named_on_the_page_and_in_json(held_out: Split, tmp_path: Path) -> None:
    file = tmp_path / "row.png"
    Image.fromarray(255 - np.hstack(list(held_out.images[:4]))).resize((448, 112)).save(file)
    result = CliRunner().invoke(app, ["explain", str(file), "--out", str(tmp_path), "--json"])
    document = json.loads(result.stdout)
    assert document["answer"] == "several digits: use --text"
    assert "several digits: use --text" in (tmp_path / "explain.html").read_text()
    assert "not a digit" not in document["without"].values()  # as it is with each step: no change
