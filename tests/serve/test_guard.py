from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from digitlab.errors import UsageError
from digitlab.serve.guard import Guard
from digitlab.serve.http_errors import RequestError
from digitlab.serve.settings import ServeConfig
from tests.serve.running import Service

TOKEN = "correct-horse-battery"


def status(config: ServeConfig, path: str = "/v2", **headers: str) -> int:
    try:
        Guard(config).check("POST", path, {key.encode(): value.encode() for key, value in headers.items()})
    except RequestError as error:
        return error.status
    return 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:80", "10.1.2.3", "[::1]:8000", "[::1]"])
def test_addresses_and_localhost_are_fine(host: str) -> None:
    assert status(ServeConfig(), host=host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "", "localhost.evil.example", "127.0.0.1.nip", "::1:x"]
)
def test_other_names_are_refused(host: str) -> None:
    assert status(ServeConfig(), host=host) == 421


def test_a_name_can_be_allowed() -> None:
    config = ServeConfig(allowed_hosts=("Digits.example",))
    assert [status(config, host=name) for name in ("digits.example", "DIGITS.example:443", "other.example")] == [
        200, 200, 421
    ]  # fmt: skip


def test_a_token_is_asked_for_everywhere_but_at_probes_and_the_page() -> None:
    config = ServeConfig(token=TOKEN)
    assert status(config, host="localhost", authorization=f"Bearer {TOKEN}") == 200
    for wrong in ("", "Bearer", f"Bearer {TOKEN} ", f"Basic {TOKEN}", "Bearer ü"):
        assert status(config, host="localhost", authorization=wrong) == 401
    for path in ("/metrics", "/v1/predict", "/v2/models/softmax/infer", "/openapi.json", "/v2/health"):
        assert status(config, path, host="localhost") == 401
    for path in ("/v2/health/live", "/v2/health/ready", "/docs"):
        assert status(config, path, host="any.example") == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "digits.example"])
def test_a_host_that_others_reach_needs_a_token(host: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="any address but localhost needs a token\n  found: --host"):
        ServeConfig.of_options(token_file=None, host=host)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert ServeConfig.of_options(token_file=tmp_path / "token", host=host).token == TOKEN


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_this_machine_alone_needs_none(host: str) -> None:
    assert ServeConfig.of_options(token_file=None, host=host).token is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "invalid token in .*\n  found: 0 characters\n  to do: use at least 16 ASCII characters without spaces"),
        (b"short", "invalid token in"),
        (b"two words that are long", "invalid token in"),
        (b"\xff" * 20, "cannot read the token file"),
        ("ä".encode() * 20, "invalid token in"),
    ],
)
def test_a_token_that_is_none_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        ServeConfig.of_options(token_file=tmp_path / "token")


def test_what_token_arrived_is_told() -> None:
    for headers, found in ({}, "none"), ({b"authorization": b"Bearer x"}, "a wrong one"):
        with pytest.raises(RequestError) as caught:
            Guard(ServeConfig(token=TOKEN)).check("GET", "/v2", {b"host": b"localhost", **headers})
        assert str(caught.value) == (
            f"a token is required\n  found: {found}\n"
            '  to do: send the header "Authorization: Bearer TOKEN" with the token of the service'
        )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"port": 70_000}, "invalid value for --port\n  found: 70000\n  to do: give a number that is less than"),
        ({"workers": 0}, "invalid value for --workers\n  found: 0"),
        ({"grace": -1.0}, "invalid value for --grace\n  found: -1.0"),
    ],
)
def test_options_out_of_range_are_told(options: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        ServeConfig.of_options(token_file=None, **options)
    assert text in str(caught.value)


def test_the_token_is_never_shown() -> None:
    assert TOKEN not in repr(ServeConfig(token=TOKEN))


def test_other_sites_get_no_leave_to_read(service: Service) -> None:
    answer = service.get("/v2", Origin="http://evil.example")
    assert not {name for name in answer.headers if name.startswith("access-control")}
    assert service.ask("OPTIONS", "/v2", headers={"Origin": "http://evil.example"}).status == 403
    assert service.get("/v2", Host="evil.example").document["error"] == (
        "unknown host name; found: 'evil.example'; "
        "to do: use an IP address; the operator can add a name with --allow-host"
    )


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", ["/v2/models/softmax/infer", "/v1/predict", "/v1/read"])
def test_pages_of_other_sites_may_not_ask(service: Service, path: str, headers: dict[str, str]) -> None:
    answer = service.ask("POST", path, b"{}", headers)
    assert (answer.status, answer.document) == (
        403,
        {
            "error": "cross-site requests are not allowed; "
            f"found: a request from {headers.get('Origin', 'another site')}; "
            "to do: send it from a program; a proxy in front of the service must pass on the Host header"
        },
    )
    assert service.get("/v2/health/live", **headers).status == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("application/json", 400),
        ("Application/JSON; charset=utf-8", 400),
        ("application/octet-stream", 400),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_tensors_come_as_json_or_bytes(service: Service, sent: str, status: int) -> None:
    answer = service.ask("POST", "/v2/models/softmax/infer", b"{}", {"Content-Type": sent})
    assert answer.status == status
    if status == 415:
        assert answer.document["error"] == (
            f"unsupported content type for tensors; found: {sent}; to do: "
            'send "Content-Type: application/json", or application/octet-stream where bytes follow the JSON'
        )
