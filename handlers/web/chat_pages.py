"""What a browser loads for the chat: the loader script, the widget's page, its modules, and a demo shop.

Customers' sites load one script from us; the widget itself lives in a frame of our origin, so a site's own style,
scripts and policies do not touch it. Pages carry a strict policy: nothing inline, nothing from elsewhere.
"""

from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static" / "chat"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
)

# Not asked of the machine, whose table may have been changed.
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page_routes(frame_ancestors: Collection[str]) -> list[web.RouteDef]:
    """Return the routes of the pages; `frame_ancestors` are the sites that may show them in a frame."""
    policy = _POLICY + " ".join(["'self'", *(site.rstrip("/") for site in frame_ancestors)])
    return [
        web.get("/chat/widget.js", _file(FOLDER / "widget.js", max_age=300)),
        web.get("/chat/frame", _file(FOLDER / "frame.html", policy)),
        web.get("/chat/demo", _file(FOLDER / "demo.html", policy)),
        *(web.get(f"/chat/static/{name}", _file(FOLDER / name)) for name in _static_files()),
    ]


def _static_files() -> list[str]:
    return sorted(path.name for path in FOLDER.iterdir() if path.suffix in _TYPES and path.suffix != ".html")


def _file(path: Path, policy: str = "", *, max_age: int = 0) -> Page:
    """Serve one file; browsers ask again each time (ETag) unless it may be a few minutes old."""
    headers = {
        "Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache",
    }
    if policy:
        headers["Content-Security-Policy"] = policy

    async def page(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
        return web.FileResponse(path, headers=headers)

    return page
