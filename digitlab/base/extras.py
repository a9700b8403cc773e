"""What is installed apart from the base: each extra, and the packages of it that are imported."""

from __future__ import annotations

import importlib.util

from digitlab.errors import MissingExtraError

PACKAGES = {
    "heif": ("pillow_heif",),
    "pdf": ("pypdfium2",),
    "report": ("jinja2", "markupsafe", "matplotlib", "onnx"),
    "serve": ("fastapi", "httptools", "prometheus_client", "starlette", "uvicorn"),
    "train": ("keras", "nbformat", "tensorflow"),
    "lab": ("nh3", "nicegui"),
    "mlflow": ("alembic", "mlflow", "sqlalchemy"),
    "tensorboard": ("tensorboardX",),
}


def require(extra: str, what: str) -> None:
    """Say what to install where packages of `extra` are missing; loads none of them.

    Args:
        extra: one of `PACKAGES`.
        what: needs it, as the beginning of a sentence.

    Raises:
        MissingExtraError: at least one is missing.
    """
    missing = [name for name in PACKAGES[extra] if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{what} needs the extra [{extra}], which is not installed",
            found=f"no package {', '.join(missing)}",
            remedy=f"pip install '.[{extra}]' in a copy of digitlab's repository (published: 'digitlab[{extra}]')",
        )
