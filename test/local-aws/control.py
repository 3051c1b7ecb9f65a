"""The emulator's own paths: knobs, the log of IAM calls, and a reset of everything."""
import json
from urllib.parse import parse_qs

import knobs
import service_linked_roles


def with_control_paths(app):
    """MiniStack's ASGI application with `/_emulator/` in front of it."""
    async def controlled(scope, receive, send):
        route = (scope.get("method"), scope.get("path"))
        account = parse_qs(scope.get("query_string", b"").decode()).get("account", [None])[0]
        if route == ("PUT", "/_emulator/knobs"):
            knobs.put(json.loads(await _body(receive)), account)
            await _answer(send, {})
        elif route == ("GET", "/_emulator/calls"):
            await _answer(send, knobs.calls(account))
        elif route == ("POST", "/_emulator/reset"):
            knobs.reset()
            service_linked_roles.role_users.clear()
            await app({**scope, "path": "/_ministack/reset"}, receive, send)
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


async def _answer(send, content):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
