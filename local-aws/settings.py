"""The settings and the log of IAM calls of each account, and the HTTP paths by which tests reach them."""
import json
from urllib.parse import parse_qs

from ministack.core.responses import get_account_id

_DEFAULTS = {"roleAge": 0, "faults": {}}

_settings = {}
_calls = {}


def get(name):
    """The value of a setting in the account of the current request."""
    return _settings.get(get_account_id(), _DEFAULTS)[name]


def take_fault(action):
    """The fault to respond with to this call of an IAM action, or None."""
    fault = get("faults").get(action)
    if fault is None:
        return None
    for counter in ("after", "times"):
        if fault.get(counter):
            fault[counter] -= 1
            return None if counter == "after" else fault
    return None if "times" in fault else fault


def record(action, error=None):
    """Logs an IAM call, with its error code if it failed."""
    _calls.setdefault(get_account_id(), []).append(f"{action} {error}" if error else action)


def with_paths(app):
    """Adds the paths below `/_emulator/` to MiniStack's ASGI application."""
    async def application(scope, receive, send):
        path = scope.get("path", "")
        if not path.startswith("/_emulator/"):
            return await app(scope, receive, send)
        query = parse_qs(scope["query_string"].decode())
        account = query["account"][0]
        if path == "/_emulator/settings":
            _settings.setdefault(account, {**_DEFAULTS}).update(json.loads(query["settings"][0]))
        await send({"type": "http.response.start", "status": 200 if path in ("/_emulator/settings", "/_emulator/calls") else 404})
        await send({"type": "http.response.body", "body": json.dumps(_calls.get(account, [])).encode()})
    return application
