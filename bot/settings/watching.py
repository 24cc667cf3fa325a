"""How the app is watched by those who operate it: the form of its log, and where traces go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.errors import Misconfigured

_FORMS = ("text", "json")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@dataclass(frozen=True)
class WatchSettings:
    """Whether the log is JSON, and the standard variables of OpenTelemetry, empty where nothing is traced."""

    log_as_json: bool = False
    otel: Mapping[str, str] = field(default_factory=dict, repr=False)


def watch_settings(env: Mapping[str, str]) -> WatchSettings:
    """Return how the app is watched; raises Misconfigured for what cannot be read."""
    form = env.get("THREADPILOT_LOG") or "text"
    if form not in _FORMS:
        raise Misconfigured(f"THREADPILOT_LOG={form!r} is none of {', '.join(_FORMS)}.")
    told = {name: value for name, value in env.items() if name.startswith("OTEL_") and value}
    off = told.get("OTEL_SDK_DISABLED", "").lower() == "true" or told.get("OTEL_TRACES_EXPORTER") == "none"
    traced = any(name in told for name in _ENDPOINTS) and not off
    return WatchSettings(form == "json", told if traced else {})
