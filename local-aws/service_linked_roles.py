"""Replaces MiniStack's behavior for the service-linked role of ElastiCache with the documented behavior of IAM."""
import json
import re
from xml.sax.saxutils import escape

from ministack.core.responses import AccountScopedDict, get_account_id, new_uuid
from ministack.services import iam

import settings
from patching import replace

PRINCIPAL = "elasticache.amazonaws.com"
ROLE_NAME = "AWSServiceRoleForElastiCache"
PATH_OF_ALL = "/aws-service-role/"
IN_USE = "The role is in use by the resources listed."

# The ARN of each resource that uses the role -> its Region.
role_users = AccountScopedDict()


class IamError(Exception):
    """An error response of IAM."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def role_exists():
    """Whether the account has the service-linked role, and not a regular IAM role that uses the reserved name."""
    return ROLE_NAME in iam._roles and iam._roles[ROLE_NAME]["Path"].startswith(PATH_OF_ALL)


def create_role(principal, description=None, custom_suffix=None):
    """Creates the role and returns its name."""
    if principal != PRINCIPAL:
        raise IamError(403, "AccessDenied", f"Cannot find Service Linked Role template for {principal}")
    if custom_suffix:
        raise IamError(400, "InvalidInput", f"Custom suffix is not allowed for {principal}")
    if ROLE_NAME in iam._roles:
        raise IamError(400, "InvalidInput", f"Service role name {ROLE_NAME} has been taken in this account, please try a different suffix.")
    path = f"{PATH_OF_ALL}{principal}/"
    trust = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
    iam._roles[ROLE_NAME] = {
        "RoleName": ROLE_NAME,
        "Arn": f"arn:aws:iam::{get_account_id()}:role{path}{ROLE_NAME}",
        "RoleId": iam._gen_id("AROA"),
        "CreateDate": iam._future(-settings.get("roleAge")),
        "Path": path,
        "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        "Description": description,
        "MaxSessionDuration": 3600,
        "AttachedPolicies": ["arn:aws:iam::aws:policy/aws-service-role/ElastiCacheServiceRolePolicy"],
        "InlinePolicies": {},
        "Tags": [],
    }
    return ROLE_NAME


def delete_role(name):
    """Deletes the role, unless resources use it, and returns the ID of the deletion's task, which has ended."""
    if name != ROLE_NAME or not role_exists():
        raise _no_such_role(name)
    task_id = f"task{PATH_OF_ALL}{PRINCIPAL}/{name}/{new_uuid()}"
    usage = _usage_by_region()
    iam._service_linked_role_deletion_tasks[task_id] = {"Status": "FAILED", "RoleUsageList": usage} if usage else {"Status": "SUCCEEDED"}
    if not usage:
        del iam._roles[name]
    return task_id


def deletion_task(task_id):
    """The task of a deletion."""
    tasks = iam._service_linked_role_deletion_tasks
    if task_id not in tasks:
        raise IamError(404, "NoSuchEntity", f"Deletion task {task_id} not found.")
    return tasks[task_id]


def install():
    """Adds this behavior, the call log, and the faults to MiniStack's IAM."""
    handlers = iam._IAM_HANDLERS
    handlers["CreateServiceLinkedRole"] = _create
    handlers["DeleteServiceLinkedRole"] = _delete
    handlers["GetServiceLinkedRoleDeletionStatus"] = _deletion_status
    handlers["GetRole"] = _with_last_use(_of_existing_role(handlers["GetRole"]))
    handlers["UpdateRoleDescription"] = _of_existing_role(handlers["UpdateRoleDescription"])
    for action, handler in handlers.items():
        handlers[action] = _observed(action, handler)
    replace(iam, "_role_xml", _with_escaped_description)


def _no_such_role(name):
    return IamError(404, "NoSuchEntity", f"The role with name {name} cannot be found.")


def _usage_by_region():
    regions = {}
    for arn, region in role_users.items():
        regions.setdefault(region, []).append(arn)
    return regions


def _create(params):
    description = iam._p(params, "Description", None)
    if invalid := iam._validate_role_description(description):
        return invalid
    name = create_role(iam._p(params, "AWSServiceName"), description, iam._p(params, "CustomSuffix"))
    # As in the example of IAM's API reference.
    role = re.sub(r"<(Description|MaxSessionDuration)>.*?</\1>", "", iam._role_xml(name), flags=re.DOTALL)
    return _result("CreateServiceLinkedRole", f"<Role>{role}</Role>")


def _delete(params):
    return _result("DeleteServiceLinkedRole", f"<DeletionTaskId>{delete_role(iam._p(params, 'RoleName'))}</DeletionTaskId>")


def _deletion_status(params):
    task = deletion_task(iam._p(params, "DeletionTaskId"))
    reason = _reason_xml(task["RoleUsageList"]) if task["Status"] == "FAILED" else ""
    return _result("GetServiceLinkedRoleDeletionStatus", f"<Status>{task['Status']}</Status>{reason}")


def _of_existing_role(handler):
    def handle(params):
        name = iam._p(params, "RoleName")
        if name not in iam._roles:
            raise _no_such_role(name)
        return handler(params)
    return handle


def _with_last_use(handler):
    # MiniStack omits RoleLastUsed.
    def handle(params):
        status, headers, body = handler(params)
        return status, headers, body.replace(b"</Role>", b"<RoleLastUsed/></Role>", 1)
    return handle


def _observed(action, handler):
    def handle(params):
        try:
            if fault := settings.take_fault(action):
                raise IamError(fault["status"], fault["code"], fault["message"])
            response = handler(params)
        except IamError as error:
            response = iam._error(error.status, error.code, escape(str(error)))
        code = re.search(rb"<Code>(.*?)</Code>", response[2]) if response[0] >= 300 else None
        settings.record(action, code and code[1].decode())
        return response
    return handle


def _with_escaped_description(role_xml):
    # MiniStack does not escape descriptions, and writes an empty element where IAM omits it.
    def escaped(name, *args, **kwargs):
        description = iam._roles[name].get("Description") or ""
        element = f"<Description>{escape(description, {chr(13): '&#13;'})}</Description>" if description else ""
        return role_xml(name, *args, **kwargs).replace(f"<Description>{description}</Description>", element, 1)
    return escaped


def _reason_xml(usage):
    members = "".join(
        f"<member><Region>{region}</Region><Resources>{''.join(f'<member>{escape(arn)}</member>' for arn in arns)}</Resources></member>"
        for region, arns in usage.items())
    return f"<Reason><Reason>{IN_USE}</Reason><RoleUsageList>{members}</RoleUsageList></Reason>"


def _result(action, xml):
    return iam._xml(200, f"{action}Response", f"<{action}Result>{xml}</{action}Result>")
