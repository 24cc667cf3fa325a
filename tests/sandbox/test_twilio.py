"""The stand-in for Twilio, driven by Twilio's own library and held against Twilio's own description."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator

from bot.core.errors import Refused, Unreachable
from integrations.twilio.client import TwilioApi
from sandbox.twilio import ACCOUNT, NUMBER, TOKEN
from sandbox.twilio.callbacks import sign
from tests.waiting import until

from .conftest import FarSide, running

SPEC = Path(__file__).parents[3] / "shared/specs/twilio.json"
ADA = "+447700900101"
GATHER = (
    '<Response><Gather action="{0}/twilio/voice?step=said" actionOnEmptyResult="true"><Say>Hi</Say></Gather>'
    "</Response>"
)
RECORD = (
    '<Response><Say>Speak</Say><Record action="{0}/twilio/recording" transcribe="true" '
    'transcribeCallback="{0}/twilio/transcription"/><Redirect>{0}/twilio/voice?step=silent</Redirect></Response>'
)
BYE = "<Response><Say>Bye</Say><Hangup/></Response>"


@dataclass
class App:
    """An app of our own that takes what Twilio posts; `twiml` is what it answers by path."""

    url: str = ""
    got: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    twiml: dict[str, str] = field(default_factory=dict)
    fail: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        fields = dict(parse_qsl(await request.text(), keep_blank_values=True))
        url = self.url + request.path_qs
        assert RequestValidator(TOKEN).validate(url, fields, request.headers["X-Twilio-Signature"])
        self.got.append((request.path_qs, fields, request.headers["I-Twilio-Idempotency-Token"]))
        if self.fail:
            return web.Response(status=self.fail.pop(0))
        return web.Response(text=self.twiml.get(request.path_qs, "<Response/>").format(self.url))

    def at(self, path: str) -> list[dict[str, str]]:
        return [fields for got, fields, _ in self.got if got.startswith(path)]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    app = App()
    served = web.Application()
    served.router.add_post("/{path:.*}", app.take)
    async with TestServer(served) as server:
        app.url = str(server.make_url("")).rstrip("/")
        yield app


@pytest.fixture
async def world(app: App) -> AsyncIterator[FarSide]:
    async with running(app_http=app.url.removeprefix("http://")) as world:
        yield world


@pytest.fixture
async def api(world: FarSide) -> AsyncIterator[TwilioApi]:
    api = TwilioApi(ACCOUNT, TOKEN, world.env["TWILIO_API_URL"])
    yield api
    await api.aclose()


def nothing() -> None:
    """Object to nothing."""


async def text(api: TwilioApi, app: App, **fields: str) -> None:
    given = {"to": ADA, "from_": NUMBER, "body": "Hello", "status_callback": f"{app.url}/news?delivery=1"}
    await api.create_message(nothing, **given | fields)


async def test_a_text_arrives_and_its_fate_is_told_step_by_step(
    world: FarSide, api: TwilioApi, app: App
) -> None:
    await text(api, app)
    await until(lambda: len(app.at("/news")) == 2)
    assert [fields["MessageStatus"] for fields in app.at("/news?delivery=1")] == ["sent", "delivered"]
    (message,) = await world.get("/control/sms")
    assert (message["to"], message["body"], message["status"]) == (ADA, "Hello", "delivered")
    assert [one.text for one in await api.messages_to(ADA, NUMBER)] == ["Hello"]
    assert await api.messages_to("+447700900102", NUMBER) == []


async def test_a_phone_that_is_off_gets_nothing_and_the_reason_is_told(
    world: FarSide, api: TwilioApi, app: App
) -> None:
    await world.post("/control/phone", {"number": ADA, "error_code": 30003})
    await text(api, app)
    await until(lambda: len(app.at("/news")) == 2)
    assert app.at("/news")[-1]["ErrorCode"] == "30003"
    assert (await world.post("/control/phone", {"number": ADA, "error_code": "off"}))[0] == 400
    await world.post("/control/phone", {"number": ADA, "error_code": None})
    await text(api, app)
    await until(lambda: app.at("/news")[-1]["MessageStatus"] == "delivered")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "ada"}, 21211),
        ({"from_": "+15005550006"}, 21606),
        ({"body": ""}, 21602),
        ({"body": "x" * 1_601}, 21617),
        ({"to": "+15005550009"}, 21614),
        ({"to": f"whatsapp:{ADA}"}, 63007),
    ],
)
async def test_it_refuses_what_twilio_refuses(
    api: TwilioApi, app: App, fields: dict[str, str], code: int
) -> None:
    with pytest.raises(Refused, match=str(code)):
        await text(api, app, **fields)


async def test_who_has_texted_stop_gets_nothing_until_start(world: FarSide, api: TwilioApi, app: App) -> None:
    assert (await world.post("/control/sms", {"from": ADA, "text": "stop"}))[0] == 200
    with pytest.raises(Refused, match="21610"):
        await text(api, app)
    await world.post("/control/sms", {"from": ADA, "text": "YES"})
    await text(api, app)
    await world.post("/control/sms", {"from": ADA, "text": "help"})
    assert [f.get("OptOutType") for f in app.at("/twilio/sms")] == ["STOP", "START", "HELP"]


async def test_a_customers_text_is_posted_with_all_that_twilio_tells(world: FarSide, app: App) -> None:
    media = [{"url": "https://x.example/a", "type": "image/png"}]
    body = {"from": f"whatsapp:{ADA}", "text": "Hi", "name": "Ada", "media": media}
    assert (await world.post("/control/sms", body))[0] == 200
    (fields,) = app.at("/twilio/sms")
    assert (fields["From"], fields["To"]) == (f"whatsapp:{ADA}", f"whatsapp:{NUMBER}")
    assert (fields["ProfileName"], fields["NumMedia"], fields["MediaContentType0"]) == (
        "Ada",
        "1",
        "image/png",
    )


async def test_media_are_handed_out_for_the_login_by_way_of_another_address(world: FarSide, app: App) -> None:
    media = [{"type": "image/png"}, {"type": "text/plain", "content": "SGk="}, {"type": "audio/mpeg"}]
    assert (await world.post("/control/sms", {"from": ADA, "media": media}))[0] == 200
    (fields,) = app.at("/twilio/sms")
    assert fields["MessageSid"].startswith("MM")
    assert fields["MediaUrl1"].startswith(f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM")
    place = world.env["TWILIO_API_URL"] + fields["MediaUrl1"].removeprefix("https://api.twilio.com")
    login = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}

    async def get(url: str, **headers: str) -> tuple[int, bytes, str]:
        async with world.http.get(url, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.read(), answer.headers.get("Location", "")

    assert (await get(place))[0] == 401
    assert (await get(place.replace("/ME", "/MX"), **login))[0] == 404
    code, _, target = await get(place, **login)
    assert code == 307
    assert (await get(target))[:2] == (200, b"Hi")
    assert (await get(target, **login))[0] == 400
    for wrong in (target[:-1], target.replace("Expires=", "Expires=1"), target.partition("?")[0]):
        assert (await get(wrong))[0] == 403
    picture = world.env["TWILIO_API_URL"] + fields["MediaUrl0"].removeprefix("https://api.twilio.com")
    assert (await get((await get(picture, **login))[2]))[1].startswith(b"\x89PNG")


async def test_what_fails_is_posted_once_more_and_some_weather_doubles(world: FarSide, app: App) -> None:
    app.fail = [503]
    await world.post("/control/sms", {"from": ADA, "text": "Hi"})
    await world.weather(twilio={"duplicate": True})
    await world.post("/control/sms", {"from": ADA, "text": "Ho"})
    tokens = [token for _, _, token in app.got]
    assert len(tokens) == 4
    assert tokens[0] == tokens[1]
    assert tokens[2] == tokens[3] != tokens[0]
    app.fail = [500, 500]
    assert (await world.post("/control/sms", {"from": ADA, "text": "Hm"}))[0] == 502


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"from": "ada", "text": "x"},
        {"from": ADA},
        {"from": ADA, "text": "x", "media": [1]},
        {"from": ADA, "media": 1},
        {"from": ADA, "media": [{"type": "image/png", "content": "?"}]},
        {"from": ADA, "media": [{"type": "image/png", "url": 1}]},
    ],
)
async def test_a_text_that_is_none_is_refused(world: FarSide, body: dict[str, Any]) -> None:
    assert (await world.post("/control/sms", body))[0] == 400


async def test_bad_weather_over_the_api(world: FarSide, api: TwilioApi, app: App) -> None:
    for weather in ({"down": True}, {"status": 503}):
        await world.weather(twilio=weather)
        with pytest.raises(Unreachable):
            await text(api, app)
    await world.weather(twilio={"retry_after": 3})
    with pytest.raises(Exception, match="patience"):
        await text(api, app)
    await world.weather(twilio={"silent": True})
    await text(api, app)
    await until(lambda: not app.at("/news"))
    stranger = TwilioApi(ACCOUNT, "wrong", world.env["TWILIO_API_URL"])
    with pytest.raises(Unreachable):
        await stranger.check()
    await stranger.aclose()


async def call(world: FarSide, **body: Any) -> dict[str, Any]:
    status, told = await world.post("/control/call", body)
    assert status == 200, told
    return dict(told["call"])


async def test_a_call_is_played_by_what_the_app_answers(world: FarSide, app: App) -> None:
    app.twiml = {"/twilio/voice": GATHER, "/twilio/voice?step=said": RECORD, "/twilio/recording": BYE}
    begun = await call(world, **{"from": ADA})
    assert (begun["talk"], begun["awaits"]) == ([{"who": "app", "text": "Hi"}], "speech")
    silent = await call(world, sid=begun["sid"], silence=True)
    assert silent["awaits"] == "recording"
    over = await call(world, sid=begun["sid"], say="Where is my parcel?")
    assert (over["awaits"], over["status"], over["talk"][-1]["text"]) == (None, "completed", "Bye")
    (recorded,) = app.at("/twilio/recording")
    assert recorded["RecordingDuration"] == "2"
    await until(lambda: app.at("/twilio/transcription"))
    (written,) = app.at("/twilio/transcription")
    assert (written["TranscriptionStatus"], written["TranscriptionText"]) == (
        "completed",
        "Where is my parcel?",
    )
    assert (await world.post("/control/call", {"sid": begun["sid"], "say": "x"}))[0] == 400
    base = (
        f"{world.env['TWILIO_API_URL']}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recorded['RecordingSid']}"
    )
    login = aiohttp.encode_basic_auth(ACCOUNT, TOKEN)
    async with world.http.get(f"{base}.mp3", headers={"Authorization": login}) as sound:
        assert (sound.content_type, (await sound.read())[:2]) == ("audio/mpeg", b"\xff\xfb")
    async with world.http.get(f"{base}.mp3") as stranger:
        assert stranger.status == 401


async def test_a_whole_call_at_once_and_one_that_is_hung_up(world: FarSide, app: App) -> None:
    app.twiml = {"/twilio/voice": GATHER, "/twilio/voice?step=said": BYE}
    assert (await call(world, **{"from": "anonymous", "say": ["Hello"]}))["status"] == "completed"
    assert app.at("/twilio/voice?step=said")[0]["Confidence"] == "0.97"
    begun = await call(world, **{"from": ADA})
    assert (await call(world, sid=begun["sid"], hangup=True))["awaits"] is None
    app.twiml = {"/twilio/voice": "no TwiML"}
    assert "application error" in (await call(world, **{"from": ADA}))["talk"][0]["text"]
    app.twiml = {"/twilio/voice": RECORD, "/twilio/voice?step=silent": BYE}
    begun = await call(world, **{"from": ADA})
    assert (await call(world, sid=begun["sid"], silence=True))["talk"][-1]["text"] == "Bye"
    for wrong in ({"say": "x", "confidence": 2}, {"say": "x", "transcript": "soon"}, {"keys": 1}, {}):
        begun = await call(world, **{"from": ADA})
        assert (await world.post("/control/call", {"sid": begun["sid"], **wrong}))[0] == 400


async def test_the_app_calls_a_customer(world: FarSide, api: TwilioApi, app: App) -> None:
    fields = {"to": ADA, "from_": NUMBER, "twiml": BYE, "status_callback": f"{app.url}/news"}
    await api.create_call(nothing, **fields, status_callback_event=["answered", "completed"])
    await until(lambda: len(app.at("/news")) == 2)
    assert [f["CallStatus"] for f in app.at("/news")] == ["in-progress", "completed"]
    await world.post("/control/phone", {"number": ADA, "error_code": 30003})
    await api.create_call(nothing, **fields, status_callback_event=["completed"])
    await until(lambda: len(app.at("/news")) == 3)
    assert app.at("/news")[-1]["CallStatus"] == "no-answer"
    assert len(await api.calls_to(ADA, NUMBER)) == 2
    assert await api.calls_to(ADA, "+447700900102") == []
    first, _ = await world.get("/control/calls")
    assert first["talk"] == [{"who": "app", "text": "Bye"}]
    with pytest.raises(Refused, match="21205"):
        await api.create_call(nothing, to=ADA, from_=NUMBER)


async def test_it_remembers_across_a_restart(tmp_path: Path, app: App) -> None:
    for count in (1, 2):
        async with running(tmp_path, app_http=app.url.removeprefix("http://")) as world:
            await world.post("/control/sms", {"from": ADA, "text": "Hi"})
            assert len(await world.get("/control/sms")) == count


def test_the_signature_is_the_documented_one() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(url, fields, "12345") == "GvWf1cFY/Q7PnoempGyD5oXAezc="


# --- Twilio's own description ---------------------------------------------------------------------------


def described(spec: dict[str, Any], schema: dict[str, Any]) -> jsonschema.Draft7Validator:
    """Read an OpenAPI 3.0 schema as a JSON schema: `nullable` is a type there."""

    def read(node: Any) -> Any:
        if isinstance(node, list):
            return [read(one) for one in node]
        if not isinstance(node, dict):
            return node
        found = {key: read(value) for key, value in node.items() if key not in {"example", "examples"}}
        if found.pop("nullable", False) is True:
            found = {"anyOf": [found, {"type": "null"}]}
        return found

    return jsonschema.Draft7Validator({**read(schema), "components": read(spec["components"])})


@pytest.mark.shared
async def test_requests_and_answers_are_as_twilio_describes_them(
    world: FarSide, api: TwilioApi, app: App
) -> None:
    if not SPEC.exists():
        pytest.skip("Twilio's description is not on this machine")
    spec = json.loads(SPEC.read_text())
    await text(api, app)
    await api.create_call(
        nothing, to=ADA, from_=NUMBER, twiml=BYE, status_callback_event=["answered", "completed"]
    )
    base = f"{world.env['TWILIO_API_URL']}/2010-04-01/Accounts/{ACCOUNT}"
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    for kind in ("Messages", "Calls"):
        path = f"/2010-04-01/Accounts/{{AccountSid}}/{kind}"
        async with world.http.get(f"{base}/{kind}.json", headers=headers) as listed:
            answer = await listed.json()
        (one,) = answer[kind.lower()]
        async with world.http.get(f"{base}/{kind}/{one['sid']}.json", headers=headers) as fetched:
            single = await fetched.json()
        schema = spec["paths"][f"{path}/{{Sid}}.json"]["get"]["responses"]["200"]["content"][
            "application/json"
        ]
        validator = described(spec, {**schema["schema"]})
        assert [error.message for error in validator.iter_errors(single)] == []
        assert set(single) <= set(
            spec["components"]["schemas"][f"api.v2010.account.{kind.lower()[:-1]}"]["properties"]
        )


@pytest.mark.shared
async def test_what_we_ask_of_twilio_is_what_it_takes() -> None:
    if not SPEC.exists():
        pytest.skip("Twilio's description is not on this machine")
    spec = json.loads(SPEC.read_text())
    asked: dict[str, dict[str, Any]] = {}

    async def take(request: web.Request) -> web.Response:
        form = await request.post()
        values = {name: form.getall(name) for name in form}
        asked[request.path.rpartition("/")[2]] = {
            name: found if name == "StatusCallbackEvent" else found[0] for name, found in values.items()
        }
        return web.json_response({}, status=201)

    served = web.Application()
    served.router.add_post("/{path:.*}", take)
    async with TestServer(served) as server:
        api = TwilioApi(ACCOUNT, TOKEN, str(server.make_url("")))
        news = {"status_callback": "https://us.example/twilio/status?delivery=1&channel=sms"}
        await api.create_message(nothing, to=ADA, from_=NUMBER, body="Hi", **news)
        events = ["answered", "completed"]
        await api.create_call(nothing, to=ADA, from_=NUMBER, twiml=BYE, status_callback_event=events, **news)
        await api.aclose()
    for name, form in asked.items():
        post = spec["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{name}"]["post"]
        schema = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        strict = described(spec, {**schema, "additionalProperties": False})
        assert [error.message for error in strict.iter_errors(form)] == []
        assert not strict.is_valid({**form, "Bdy": "x"})
    assert set(asked) == {"Messages.json", "Calls.json"}
