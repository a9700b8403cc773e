"""What a service was asked to do."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from digitlab.config import checked
from digitlab.errors import UsageError
from digitlab.runtime.places import DEFAULT
from digitlab.web.access import is_loopback

LEAST_TOKEN = 16  # characters
MOST_TOKEN_BYTES = 4096  # of its file


class ServeConfig(BaseModel):
    """How to serve.  The defaults are those of a first try on one's own machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bundles: tuple[str, ...] = (DEFAULT,)  # folders or names; the first one answers where no model is named
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65_535)  # 0: any that is free
    workers: int = Field(1, ge=1, le=64)  # processes
    grace: float = Field(20.0, gt=0, le=3_600)  # seconds from SIGTERM to the end; Kubernetes kills after 30
    allowed_hosts: tuple[str, ...] = ()  # names under which the service is reached, beside localhost and addresses
    token: str | None = Field(None, repr=False)

    @classmethod
    def of_options(cls, *, token_file: Path | None, **options: object) -> Self:
        """What the command line says; a service that others can reach must have a token.

        Raises:
            UsageError: a value out of range, an unusable token file, or none where one is needed.
        """
        config = checked(cls, token=None if token_file is None else _token(token_file), **options)
        if config.token is None and not is_loopback(config.host):
            raise UsageError(
                "others can reach this host, so a token is needed",
                found=f"--host {config.host} without --token-file",
                remedy="write a secret of 16 characters or more to a file and give --token-file FILE",
            )
        return config


def _token(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            token = stream.read(MOST_TOKEN_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"the token file {file} cannot be read", found=found, remedy="give a text file") from None
    if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"the token in {file} cannot be used",
            found=f"{len(token)} characters",
            remedy=f"give {LEAST_TOKEN} or more letters and digits in one word",
        )
    return token
