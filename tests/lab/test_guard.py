"""Who may talk to the page."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from digitlab.lab.guard import MAX_BYTES, Guard

HERE = "127.0.0.1:8028"


async def _page(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("welcome")


def client(token: str | None = None, name: str = HERE) -> TestClient:
    inside = Starlette(routes=[Route("/", _page, methods=["GET", "POST"]), WebSocketRoute("/socket", _socket)])
    return TestClient(Guard(inside, "127.0.0.1", token), base_url=f"http://{name}", follow_redirects=False)


@pytest.mark.parametrize("name", ["127.0.0.1:8028", "localhost:8028", "[::1]:8028", "192.0.2.7:8028"])
def test_it_answers_to_its_own_names_and_to_numbers(name: str) -> None:
    assert client(name=name).get("/").status_code == 200


@pytest.mark.parametrize("name", ["attacker.example", "127.0.0.1.attacker.example:8028", ""])
def test_another_name_for_this_machine_is_refused(name: str) -> None:
    refused = client().get("/", headers={"host": name})
    assert refused.status_code == 421
    assert refused.text == "Unknown host name: open the page at the address that digitlab lab printed."


def test_another_page_is_refused_also_at_the_socket() -> None:
    elsewhere = {"host": HERE, "origin": "http://attacker.example"}
    refused = client().post("/", headers=elsewhere)
    assert (refused.status_code, refused.text) == (403, "Cross-site requests are not allowed.")
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/socket", headers=elsewhere):
        pass


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_page_loads_without_an_origin_is_refused(site: str) -> None:
    image = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    frame = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    assert client().get("/", headers=image).status_code == 403
    assert client().get("/", headers=frame).status_code == 403
    link = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client().get("/", headers=link).status_code == 200


def test_the_page_itself_may_talk() -> None:
    own = {"host": HERE, "origin": f"http://{HERE}", "sec-fetch-site": "same-origin"}
    assert client().post("/", headers=own, content=b"123").text == "3"
    with client().websocket_connect("/socket", headers=own) as socket:
        assert socket.receive_text() == "welcome"


def test_too_much_is_refused() -> None:
    assert client().post("/", content=bytes(MAX_BYTES)).status_code == 200
    refused = client().post("/", content=bytes(MAX_BYTES + 1))
    assert (refused.status_code, refused.text) == (413, "The request is too large: at most 8 MiB.")


def test_what_does_not_say_how_much_it_is_is_refused() -> None:
    refused = client().post("/", content=iter([b"12", b"3"]))
    assert (refused.status_code, refused.text) == (411, "A Content-Length is required.")


def test_without_the_token_nobody_gets_in() -> None:
    strangers = client("secret")
    refused = strangers.get("/")
    assert refused.status_code == 403
    assert refused.text == "A token is required: open the whole address that digitlab lab printed."
    assert strangers.get("/?token=guess").status_code == 403
    with pytest.raises(WebSocketDisconnect), strangers.websocket_connect("/socket", headers={"host": HERE}):
        pass


def test_the_token_is_asked_for_once_and_goes_from_the_address() -> None:
    guests = client("secret")
    entered = guests.get("/?panel=why&token=secret")
    assert (entered.status_code, entered.headers["location"]) == (303, "/?panel=why")
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert "SameSite=strict" in entered.headers["set-cookie"]
    assert guests.get("/").status_code == 200


def test_who_leaves_in_the_middle_of_a_body_is_no_failure() -> None:
    """The server would write a traceback for it."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        raise AssertionError("nobody is there")

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", HERE.encode())]}
    with ThreadPoolExecutor(1) as thread:  # a browser test before this one may have left its event loop in this thread
        thread.submit(asyncio.run, Guard(page, "127.0.0.1", None)(scope, receive, send)).result()
