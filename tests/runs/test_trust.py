"""Which programs in run folders may run."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from digitlab.errors import RunError, UntrustedError
from digitlab.runs.directory import RunDirectory, Source
from digitlab.runs.trust import is_known, remember, source_to_run
from tests.runs.test_directory import INFO


def run_of(program: str, folder: Path) -> RunDirectory:
    """A run that came from elsewhere, with a program in it."""
    source = Source("mine.py", program.encode())
    config = INFO.config.model_copy(update={"recipe": "mine.py", "source_sha256": source.sha256})
    return RunDirectory.create(folder, "mine", INFO.model_copy(update={"config": config}), source)


def test_a_program_from_elsewhere_is_asked_about_once(tmp_path: Path) -> None:
    directory = run_of("asked = 1", tmp_path)
    with pytest.raises(UntrustedError) as caught:
        source_to_run(directory, trust=False)
    assert str(caught.value) == (
        f"the run {directory.path} brings a program with it, which would run with your rights\n"
        f"  found: {directory.path}/source/mine.py, which was not trained on this machine\n"
        "  to do: read it; if you trust it, say so once: --trust, or trust=True in Python"
    )
    assert source_to_run(directory, trust=True) == directory.path / "source" / "mine.py"
    assert source_to_run(directory, trust=False) is not None


def test_a_run_of_a_recipe_is_not_asked_about(tmp_path: Path) -> None:
    assert source_to_run(RunDirectory.create(tmp_path, "softmax", INFO), trust=False) is None


def test_a_known_program_is_told_by_its_bytes(tmp_path: Path) -> None:
    known, other = Source("a.py", b"known = 1"), Source("a.py", b"known = 2")
    assert remember(known)
    assert is_known(Source("another_name.py", known.content))
    assert not is_known(other)


@pytest.mark.parametrize("beside", ["helper.py", "helper.so", "helper/__init__.py"])
def test_what_a_known_program_could_import_is_refused(tmp_path: Path, beside: str) -> None:
    directory = run_of("import helper", tmp_path)
    other = directory.path / "source" / beside
    other.parent.mkdir(exist_ok=True)
    other.write_text("")
    with pytest.raises(RunError, match=r"source is damaged\n  found: helper.*, mine\.py, where one file was written"):
        source_to_run(directory, trust=True)


def test_a_link_to_a_program_is_refused(tmp_path: Path) -> None:
    directory = run_of("import helper", tmp_path)
    file = directory.path / "source" / "mine.py"
    file.rename(directory.path / "mine.py")
    file.symlink_to(directory.path / "mine.py")
    with pytest.raises(RunError, match="where one file was written"):
        source_to_run(directory, trust=True)


def assert_only_this_process_knows(directory: RunDirectory, where: str) -> None:
    with pytest.raises(UntrustedError, match="not trained on this machine, which cannot remember programs") as caught:
        source_to_run(directory, trust=False)
    assert where in caught.value.found
    source = directory.source
    assert source is not None
    assert not remember(source)
    assert source_to_run(directory, trust=False) is not None


def test_where_nothing_can_be_written_only_this_process_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert_only_this_process_knows(run_of("home = 'a file'", tmp_path), str(tmp_path / "file"))


@pytest.mark.parametrize("answer", [Path("~/.local/state/digitlab"), RuntimeError("no home")])
def test_a_user_without_a_home_keeps_nothing_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Path | Exception
) -> None:
    def user_state_path(name: str) -> Path:  # of platformdirs, for a user whom the machine does not know
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(platformdirs, "user_state_path", user_state_path)
    monkeypatch.chdir(tmp_path)
    assert_only_this_process_knows(run_of(f"home = {answer!r}", tmp_path / "runs"), "no home folder")
    assert [entry.name for entry in tmp_path.iterdir()] == ["runs"]
