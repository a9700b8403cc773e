"""The settings of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from digitlab.config import checked
from digitlab.errors import UsageError
from digitlab.runtime.places import DEFAULT
from digitlab.web.access import is_loopback

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus_client keeps the metrics of several workers
MIN_TOKEN = 16  # characters
MAX_TOKEN_BYTES = 4096  # of its file


class ServeConfig(BaseModel):
    """How to serve; the defaults suit one's own machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bundles: tuple[str, ...] = (DEFAULT,)  # folders or names; the first answers where a request names none
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65_535)  # 0: a free one
    workers: int = Field(1, ge=1, le=64)  # processes
    grace: float = Field(20.0, gt=0, le=3_600)  # seconds from SIGTERM to the end; Kubernetes kills after 30
    allowed_hosts: tuple[str, ...] = ()  # host names beside localhost and IP addresses
    token: str | None = Field(None, repr=False)

    @classmethod
    def of_options(cls, *, token_file: Path | None, **options: object) -> Self:
        """The settings of the command line; a service that other machines can reach must have a token.

        Raises:
            UsageError: a value out of range, an unusable token file, or none where one is required.
        """
        config = checked(cls, token=None if token_file is None else _token(token_file), **options)
        if config.token is None and not is_loopback(config.host):
            raise UsageError(
                "any address but localhost needs a token",
                found=f"--host {config.host} without --token-file",
                remedy=f"write a secret of at least {MIN_TOKEN} characters to a file and give --token-file FILE",
            )
        return config


def _token(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            token = stream.read(MAX_TOKEN_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"cannot read the token file {file}", found=found, remedy="give a text file") from None
    if len(token) < MIN_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"invalid token in {file}",
            found=f"{len(token)} characters",
            remedy=f"use at least {MIN_TOKEN} ASCII characters without spaces",
        )
    return token
