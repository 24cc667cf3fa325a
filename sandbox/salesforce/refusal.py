"""What Salesforce says when it does not do what it was asked."""

from sandbox.wire import Json


class RefusedError(Exception):
    """An answer with an error: a code and a sentence in Salesforce's own words."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.fields = status, code, fields

    @property
    def body(self) -> Json:
        error: dict[str, Json] = {"message": str(self), "errorCode": self.code}
        return [error | {"fields": list(self.fields)} if self.fields else error]


def bad_field(name: str, kind: str) -> RefusedError:
    return RefusedError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")


def bad_type(name: str) -> RefusedError:
    return RefusedError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")


def missing(what: str) -> RefusedError:
    return RefusedError(404, "NOT_FOUND", f"The requested resource does not exist: {what}")
