"""Whether a webhook is Zendesk's: base64(HMAC-SHA256(secret, timestamp + body)), over the bytes as they came.

See https://developer.zendesk.com/documentation/webhooks/verifying/. Another page of theirs has body before timestamp,
and snippets in circulation use hexadecimal digits or a dot between the two: none of these is what Zendesk sends.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from integrations.zendesk.things import moment

SIGNATURE, TIMESTAMP = "X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp"
INVOCATION = "X-Zendesk-Webhook-Invocation-Id"
_WINDOW = timedelta(minutes=5)


def is_from_zendesk(secret: str, timestamp: str, body: bytes, signature: str, now: datetime) -> bool:
    """Tell whether a body was signed with our secret, within five minutes of `now`."""
    at = moment(timestamp)
    if at is None or abs(now - at) > _WINDOW:
        return False
    signed = hmac.new(secret.encode(), timestamp.encode("utf-8", "replace") + body, hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(signed), signature.encode("utf-8", "replace"))
