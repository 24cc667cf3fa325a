"""A stand-in for Twilio: its REST API, its signed callbacks, and customers with phones."""

ACCOUNT = "AC5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
TOKEN = "stand-in-auth-token"  # noqa: S105 - it opens nothing
NUMBER = "+442079460100"
PLACE = "twilio"
