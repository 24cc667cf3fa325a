"""What of simple-salesforce we use, and its errors, which become ours here.

Importing the library takes a second (it brings a SOAP client), so this module is imported where there is time for
it: in the first thread that talks to Salesforce. Of errors only codes and names of fields are told: messages repeat
data of customers.
"""

from collections.abc import Mapping
from typing import Any

import jwt
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError
from simple_salesforce.login import SalesforceLogin

from bot.core.errors import Gone, Misconfigured, Refused, ThreadpilotError, Unavailable, Unreachable
from integrations.salesforce.client import refusal
from integrations.salesforce.tokens import LoginRefused, Token
from integrations.salesforce.transport import TokenRefused

_LIMIT = "REQUEST_LIMIT_EXCEEDED"
_A_WHILE = 900.0
# What the login says, and what to do about it.
_LOGIN = {
    "invalid_client": "check SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET",
    "invalid_client_id": "check SALESFORCE_CLIENT_ID",
    "invalid_grant": (
        "check SALESFORCE_USERNAME and the key's certificate in the app, and that the user is pre-authorised for it"
    ),
    "unsupported_grant_type": "enable this OAuth flow in the External Client App",
    "invalid_app_access": "assign the integration user to the External Client App",
}


def client(token: Token, version: str, session: requests.Session) -> Salesforce:
    """Return a client that has this token, and never logs in by itself."""
    host = f"https://{token.host}"
    return Salesforce(session_id=token.value, instance_url=host, version=version, session=session)


def log_in(session: requests.Session, arguments: Mapping[str, Any]) -> Token:
    """Log in with the library's arguments. Raises our errors."""
    try:
        value, host = SalesforceLogin(session=session, **arguments)
    except TokenRefused:
        raise LoginRefused(_login_failed("401")) from None
    except (OSError, jwt.PyJWTError, ValueError) as error:
        if not isinstance(error, requests.RequestException) and "privatekey_file" in arguments:
            raise Misconfigured("SALESFORCE_PRIVATE_KEY_FILE is not a private RSA key in PEM.") from None
        raise in_our_words(error) from None
    except Exception as error:  # noqa: BLE001 - its text may hold what must not be told.
        raise in_our_words(error) from None
    return Token(str(value), str(host))


def in_our_words(error: Exception) -> ThreadpilotError:
    """Return what an error of the library or of HTTP means to us."""
    if isinstance(error, ThreadpilotError):
        return error
    if isinstance(error, SalesforceAuthenticationFailed):
        return LoginRefused(_login_failed(str(error.code)))
    if isinstance(error, SalesforceError):
        return _refused(error)
    if isinstance(error, requests.Timeout):
        return Unreachable("Salesforce did not answer in time")
    if isinstance(error, requests.ConnectionError):
        return Unreachable("Salesforce cannot be reached")
    # A body that is no JSON, or not of the shape that was promised.
    return Unavailable(f"Salesforce answered something else than asked ({type(error).__name__})")


def _login_failed(code: str) -> str:
    known = code if code in _LOGIN else "for a reason of its own"
    return f"Salesforce does not accept the login ({known}): {_LOGIN.get(code, 'see its login history')}"


def _refused(error: SalesforceError) -> ThreadpilotError:
    code, message, fields = _first(error.content)
    if code == _LIMIT:
        return _limited(message)
    if error.status >= 500:
        return Unavailable(f"Salesforce is not well ({error.status})")
    named = f" ({', '.join(fields)})" if fields else ""
    if error.status == 404:
        return Gone(f"Salesforce does not know this record or path: {code}")
    if error.status == 403:
        return Refused(f"The Salesforce user may not do this: {code}{named}")
    return refusal(code or str(error.status), named)


def _limited(message: str) -> Unavailable:
    """The same code stands for the day's requests and for too many long ones at once; only these pass quickly."""
    if "Concurrent" in message:
        return Unavailable("Salesforce is busy with too many long requests")
    return Unreachable("The org's API requests of the day are used up", retry_after=_A_WHILE)


def _first(content: Any) -> tuple[str, str, tuple[str, ...]]:
    first = content[0] if isinstance(content, list) and content else {}
    if not isinstance(first, Mapping):
        return "", "", ()
    fields = first.get("fields")
    named = tuple(map(str, fields)) if isinstance(fields, list) else ()
    return str(first.get("errorCode") or ""), str(first.get("message") or ""), named
