"""Authorizes the IAM calls of functions and of assumed roles by the policies and permissions boundaries of their roles.

Every other caller is an administrator.
"""
import contextvars
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, sts

import service_linked_roles as slr
import settings
from patching import replace

# The ARN of the role session that sent the current request, or None if neither a function nor an assumed role sent it.
_session = contextvars.ContextVar("session", default=None)

# The ARN of each session that AssumeRole started, by its token.
_assumed = {}


def install():
    """Wraps the IAM actions of MiniStack, including those replaced so far, with the authorization."""
    replace(lambda_runtime, "execution_credentials", _with_session)
    replace(sts, "register_session", _remembering_session)
    replace(iam, "handle_request", _with_known_session)
    for action, handler in iam._IAM_HANDLERS.items():
        iam._IAM_HANDLERS[action] = _authorized(action, handler)


def _with_session(credentials):
    # MiniStack passes the access key of the account, which tests use, too, and an empty token. The token identifies the function.
    def execution_credentials(config):
        account, role = config["Role"].split(":")[4], config["Role"].rsplit("/", 1)[-1]
        return {**credentials(config), "AWS_SESSION_TOKEN": f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}"}
    return execution_credentials


def _remembering_session(register):
    def register_session(access_key, session):
        _assumed[session["SessionToken"]] = session["Arn"]
        register(access_key, session)
    return register_session


def _with_known_session(handle):
    async def handle_request(method, path, headers, body, query_params):
        _session.set(_session_of(headers))
        return await handle(method, path, headers, body, query_params)
    return handle_request


def may_create_role(headers):
    """Whether the sender of a request may create the service-linked role of ElastiCache."""
    session = _session_of(headers)
    return not session or _is_allowed(session, "CreateServiceLinkedRole", {"AWSServiceName": [slr.PRINCIPAL]})


def _session_of(headers):
    token = headers.get("x-amz-security-token")
    return _assumed.get(token, token)


def _authorized(action, handler):
    def handle(params):
        session = _session.get()
        if not session or _is_allowed(session, action, params):
            return handler(params)
        settings.record(action, "AccessDenied")
        resource = f"role {iam._p(params, 'RoleName')}" if "RoleName" in params else _resource(action, params)
        return iam._error(403, "AccessDenied", escape(
            f"User: {session} is not authorized to perform: iam:{action} on resource: {resource} "
            f"because no identity-based policy allows the iam:{action} action"))
    return handle


def _is_allowed(session, action, params):
    account = get_account_id()
    # None represents a condition key that the call does not have.
    keys = {"iam:awsservicename": iam._p(params, "AWSServiceName", None)}
    call = iam_evaluator.EvalContext(session, "AssumedRole", account, f"iam:{action}", _resource(action, params), get_region(), service_context=keys)
    role = session.split("/")[1]
    policies, boundaries = iam_evaluator._gather_role_policies(role, account), iam_evaluator._permissions_boundary(iam._roles, role, account)
    return iam_evaluator.evaluate(call, policies, *boundaries).decision == "Allow"


def _resource(action, params):
    roles = f"arn:aws:iam::{get_account_id()}:role"
    if action == "CreateServiceLinkedRole":
        return f"{roles}{slr.PATH_OF_ALL}{iam._p(params, 'AWSServiceName')}/{slr.ROLE_NAME}"
    if action == "GetServiceLinkedRoleDeletionStatus":
        return roles + iam._p(params, "DeletionTaskId").removeprefix("task").rsplit("/", 1)[0]
    # IAM authorizes a call for a nonexistent role against the ARN without a path.
    name = iam._p(params, "RoleName")
    return iam._roles.get(name, {"Arn": f"{roles}/{name}"})["Arn"] if name else "*"
