"""IAM's authorization of the calls that functions make, by the policies of their roles; any other caller may do everything."""
import contextvars
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

import knobs
import service_linked_roles as slr
from patching import replace, require

# The ARN of the session of a role that the current request comes from, if a function sent it.
_session = contextvars.ContextVar("session", default=None)


def install():
    """Puts the authorization in front of MiniStack's IAM, and of what else has been put there by now."""
    require(iam_evaluator, "EvalContext", "evaluate", "_gather_role_policies")
    replace(lambda_runtime, "execution_credentials", _naming_session)
    replace(iam, "handle_request", _knowing_session)
    for action, handler in iam._IAM_HANDLERS.items():
        iam._IAM_HANDLERS[action] = _authorized(action, handler)


def _naming_session(credentials):
    # MiniStack gives every function the access key of its account, which the tests use too, and an empty token.
    def execution_credentials(config):
        account, role = config["Role"].split(":")[4], config["Role"].rsplit("/", 1)[-1]
        return {**credentials(config), "AWS_SESSION_TOKEN": f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}"}
    return execution_credentials


def _knowing_session(handle):
    async def handle_request(method, path, headers, body, query_params):
        _session.set(headers.get("x-amz-security-token"))
        return await handle(method, path, headers, body, query_params)
    return handle_request


def _authorized(action, handler):
    def handle(params):
        session = _session.get()
        if not session or _is_allowed(session, action, params):
            return handler(params)
        knobs.record(action, "AccessDenied")
        resource = f"role {iam._p(params, 'RoleName')}" if "RoleName" in params else _resource(action, params)
        return iam._error(403, "AccessDenied", escape(
            f"User: {session} is not authorized to perform: iam:{action} on resource: {resource} "
            f"because no identity-based policy allows the iam:{action} action"))
    return handle


def _is_allowed(session, action, params):
    account = get_account_id()
    # None stands for a condition key that the call lacks.
    keys = {"iam:awsservicename": iam._p(params, "AWSServiceName", None)}
    call = iam_evaluator.EvalContext(session, "AssumedRole", account, f"iam:{action}", _resource(action, params), get_region(), service_context=keys)
    return iam_evaluator.evaluate(call, iam_evaluator._gather_role_policies(session.split("/")[1], account)).decision == "Allow"


def _resource(action, params):
    roles = f"arn:aws:iam::{get_account_id()}:role"
    if action == "CreateServiceLinkedRole":
        return f"{roles}{slr.PATH_OF_ALL}{iam._p(params, 'AWSServiceName')}/{slr.ROLE_NAME}"
    if action == "GetServiceLinkedRoleDeletionStatus":
        return roles + iam._p(params, "DeletionTaskId").removeprefix("task").rsplit("/", 1)[0]
    # Where there is no role, IAM knows no path of it.
    name = iam._p(params, "RoleName")
    return iam._roles.get(name, {"Arn": f"{roles}/{name}"})["Arn"] if name else "*"
