"""The page's files, served so that the browser runs nothing but them."""

from pathlib import Path

from aiohttp import web

from sandbox.demo_company import PAGE

MISSING = "The page of the sandbox is not here. Its API is: see /control/info and /slack/api/auth.test."


def policy(app_http: str, host: str) -> str:
    """Return the content security policy: our own files, our own server, and the app's chat in a frame."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' ws://{host}; frame-src http://{app_http}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def page_routes(app_http: str, folder: Path = PAGE) -> list[web.RouteDef]:
    serve = PageFiles(app_http, folder.resolve()).serve
    return [web.get("/", serve), web.get("/page/{name:.+}", serve), web.get("/{name:.+}", serve)]


class PageFiles:
    def __init__(self, app_http: str, folder: Path) -> None:
        self._app_http, self._folder = app_http, folder

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = self._inside(request.match_info.get("name", "index.html"))
        if path is None:
            return web.Response(status=404, text=MISSING)
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": policy(self._app_http, request.host),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        return web.FileResponse(path, headers=headers)

    def _inside(self, name: str) -> Path | None:
        """Return the file of that name, if it is one of the page's."""
        try:
            path = (self._folder / name).resolve()
            return path if path.is_relative_to(self._folder) and path.is_file() else None
        except (ValueError, OSError):  # A NUL, or a name that is too long.
            return None
