"""The emulator's own HTTP paths: its settings, and the log of IAM calls."""
import json
from urllib.parse import parse_qs

import settings


def with_control_paths(app):
    """Adds the paths below `/_emulator/` to MiniStack's ASGI application."""
    async def controlled(scope, receive, send):
        route = (scope.get("method"), scope.get("path"))
        account = parse_qs(scope.get("query_string", b"").decode()).get("account", [None])[0]
        if route == ("PUT", "/_emulator/settings"):
            settings.put(account, json.loads(await _body(receive)))
            await _respond(send, {})
        elif route == ("GET", "/_emulator/calls"):
            await _respond(send, settings.calls(account))
        else:
            await app(scope, receive, send)
    return controlled


async def _body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _respond(send, content):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
