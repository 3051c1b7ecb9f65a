"""ElastiCache's documented behaviour without its service-linked role, in place of MiniStack's."""
from urllib.parse import parse_qs

from ministack.services import elasticache

import authorization
import service_linked_roles as slr
from patching import replace

ROLE_NOT_FOUND = ("This action cannot be completed due to insufficient permissions. "
                  "(Recommended action) Please create new role using IAM API CreateServiceLinkedRole.")

_NEEDING_ROLE = (
    "CreateServerlessCache", "ModifyServerlessCache", "DeleteServerlessCache", "CreateCacheSubnetGroup",
    "CreateUser", "ModifyUser", "DeleteUser", "DescribeUsers", "CreateUserGroup", "ModifyUserGroup", "DeleteUserGroup",
)
# They create the role if their caller may. CloudFormation's handlers of these types ask for that permission.
_CREATING_ROLE = ("CreateCacheCluster", "CreateReplicationGroup", "CreateCacheParameterGroup")


def install():
    """Puts the role in front of MiniStack's ElastiCache."""
    replace(elasticache, "handle_request", _requiring_role)


def _requiring_role(handle):
    async def handle_request(method, path, headers, body, query_params):
        action = (query_params.get("Action") or parse_qs(body.decode()).get("Action") or [""])[0]
        if not slr.role_exists():
            if action in _NEEDING_ROLE:
                return elasticache._error("ServiceLinkedRoleNotFoundFault", ROLE_NOT_FOUND, 400)
            if action in _CREATING_ROLE and authorization.may_create_role(headers):
                slr.create_role(slr.PRINCIPAL)
        return await handle(method, path, headers, body, query_params)
    return handle_request
