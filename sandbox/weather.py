"""Bad weather on demand: how slow, faulty or absent each far side is just now.

Shares of failing requests are spread evenly instead of drawn by lot, so that a test sees the same weather every time.
"""

from dataclasses import asdict, dataclass

from sandbox.wire import Json, Record

REPLIES = (
    "asks truncated cut bad_json nonsense refusal wrong_citation invented promise obey leak foreign".split()
)
PLACES = ("slack", "llm", "salesforce", "zendesk", "twilio", "smtp")


class BadWeatherError(ValueError):
    """A setting nobody knows, or one of the wrong kind; the message is a sentence for the caller."""


@dataclass(frozen=True)
class Weather:
    latency_ms: float = 0
    error_rate: float | None = None
    status: int | None = None
    retry_after: int | None = None
    down: bool = False
    duplicate: bool | float = False
    disconnect: bool | str = False
    silent: bool = False
    reply: str = ""

    @property
    def fails(self) -> float:
        """Return the share of requests that fail: a status alone means all of them."""
        if self.error_rate is not None:
            return self.error_rate
        return 1.0 if self.status is not None or self.retry_after is not None else 0.0

    @property
    def failure(self) -> int:
        return self.status or (429 if self.retry_after is not None else 503)


_KINDS: dict[str, tuple[type, ...]] = {
    "latency_ms": (int, float),
    "error_rate": (int, float),
    "status": (int,),
    "retry_after": (int,),
    "down": (bool,),
    "duplicate": (bool, int, float),
    "disconnect": (bool, str),
    "reply": (str,),
    "silent": (bool,),
}
_BOUNDS: dict[str, tuple[float, float]] = {
    "latency_ms": (0, 600_000),
    "error_rate": (0, 1),
    "status": (200, 599),
    "retry_after": (0, 86_400),
    "duplicate": (0, 1),
}


def _checked(place: str, name: str, value: Json) -> Json:
    kinds = _KINDS.get(name)
    if kinds is None:
        raise BadWeatherError(f"{place} has no setting {name!r}; known are {', '.join(_KINDS)}.")
    if value is None:
        return getattr(Weather, name)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise BadWeatherError(
            f"{place}.{name} must be {' or '.join(kind.__name__ for kind in kinds)}, not {value!r}."
        )
    if name == "reply" and value and value not in REPLIES:
        raise BadWeatherError(f"{place}.reply must be one of {', '.join(REPLIES)}, not {value!r}.")
    least, most = _BOUNDS.get(name, (None, None))
    if (
        isinstance(value, int | float)
        and least is not None
        and most is not None
        and not least <= value <= most
    ):
        raise BadWeatherError(f"{place}.{name} must lie between {least} and {most}.")
    return value


def parse(place: str, settings: Json) -> Weather:
    if place not in PLACES:
        raise BadWeatherError(f"There is no weather for {place!r}; known are {', '.join(PLACES)}.")
    if not isinstance(settings, dict):
        raise BadWeatherError(f"The weather of {place} must be an object of settings.")
    return Weather(**{name: _checked(place, name, value) for name, value in settings.items()})


class Sky:
    """The weather of every far side. A report replaces the whole weather of each place it names."""

    def __init__(self) -> None:
        self._weather = {place: Weather() for place in PLACES}
        self._owed = dict.fromkeys(PLACES, 0.0)
        self._owed_twins = dict.fromkeys(PLACES, 0.0)

    def report(self, body: Json) -> None:
        if not isinstance(body, dict):
            raise BadWeatherError("The weather must be a JSON object by place.")
        self._weather |= {place: parse(place, settings) for place, settings in body.items()}

    def over(self, place: str) -> Weather:
        return self._weather[place]

    def strikes(self, place: str) -> bool:
        """Say whether this request is one of those that fail."""
        self._owed[place], hit = _due(self._owed[place], self._weather[place].fails)
        return hit

    def doubles(self, place: str) -> bool:
        """Say whether this delivery is one of those that come twice."""
        self._owed_twins[place], hit = _due(self._owed_twins[place], float(self._weather[place].duplicate))
        return hit

    def as_dict(self) -> dict[str, Record]:
        return {place: asdict(weather) for place, weather in self._weather.items()}


def _due(owed: float, share: float) -> tuple[float, bool]:
    owed += share
    return (owed - 1, True) if owed > 1 - 1e-9 else (owed, False)
