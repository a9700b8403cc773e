"""What MLflow's own client finds in the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from digitlab.errors import PlaceError
from digitlab.runs.directory import RunDirectory
from digitlab.trackers.exporting import export
from tests.trackers.conftest import RECORDS, STARTED, finish

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # MLflow's, with SQLAlchemy 2.1


@pytest.fixture(autouse=True, scope="module")
def mlflow_installed() -> None:
    for package in ("alembic", "mlflow", "sqlalchemy"):
        pytest.importorskip(package, reason="needs the extra [mlflow]")


def to_mlflow(folder: Path, *directories: RunDirectory) -> None:
    export("mlflow", lambda: [directory.read() for directory in directories], folder)


def test_runs_are_read_back_and_brought_up_to_date(done: RunDirectory, started: RunDirectory, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    folder = tmp_path / "my runs"
    to_mlflow(folder, done, started)
    assert (folder / "mlflow.db").is_file()
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("digitlab").experiment_id

    def history(name: str, metric: str) -> list[tuple[int, float]]:
        (found,) = [entry for entry in client.search_runs([experiment]) if entry.info.run_name == name]
        return [(point.step, point.value) for point in client.get_metric_history(found.info.run_id, metric)]

    losses = [(record.epoch, record.train_loss) for record in RECORDS]
    assert history("done", "loss") == losses
    assert history("started", "loss") == losses[:1]
    (best,) = client.search_runs([experiment], "metrics.test_accuracy > 0.89 and params.optimizer = 'adam'")
    assert best.data.metrics["test_accuracy_low"] == 0.85
    assert best.data.params["learning_rate"] == "0.01"
    assert (best.info.status, best.info.start_time) == ("FINISHED", STARTED * 1_000)

    to_mlflow(folder, done, started)
    assert history("done", "loss") == losses
    finish(started)
    to_mlflow(folder, started)
    assert history("started", "loss") == losses

    started.note_rate(2, 0.5)  # a parameter has changed
    to_mlflow(folder, started)
    assert history("started", "loss") == losses
    assert len(client.search_runs([experiment], "params.rate_changes = '0.5 in epoch 2'")) == 1


def test_a_database_of_something_else_is_left_alone(done: RunDirectory, tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    file.write_text("no database at all, but long enough to be looked at " * 20)
    with pytest.raises(PlaceError) as caught:
        to_mlflow(tmp_path, done)
    problem, found, remedy = str(caught.value).splitlines()
    assert problem == f"cannot write {file}"
    assert found.startswith("  found: DatabaseError: (sqlite3.DatabaseError) file is not a database")
    assert remedy == "  to do: choose another folder, or move the file away"
    assert file.read_text().startswith("no database")


def test_a_path_that_mlflow_would_read_as_an_address_is_refused(done: RunDirectory, tmp_path: Path) -> None:
    folder = tmp_path / "100%"
    with pytest.raises(PlaceError) as caught:
        to_mlflow(folder, done)
    assert str(caught.value) == (
        f"MLflow cannot open {folder / 'mlflow.db'}, since it reads the path as an address\n"
        "  found: %, ? or # in the path\n  to do: choose a folder without these characters"
    )
    assert [path.name for path in tmp_path.iterdir() if path.name != "runs"] == ["100%"]
