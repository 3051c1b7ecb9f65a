"""Resource types that MiniStack's CloudFormation lacks, and CloudFormation's behavior for failed resources."""
import contextvars

from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso
from ministack.services import cloudformation, iam, lambda_svc
from ministack.services.cloudformation import custom_resource, handlers, provisioners, stacks

import service_linked_roles as slr
from elasticache import ROLE_NOT_FOUND
from patching import replace

# Resources that the current deletion of a stack retains, because a resource that depends on them failed to delete.
_retained = contextvars.ContextVar("retained", default=None)

# The last response of each custom resource, by stack ID and logical ID.
_responses = {}


def install():
    """Adds the resource types and corrections to MiniStack's CloudFormation."""
    types = provisioners._RESOURCE_HANDLERS
    types["AWS::IAM::ServiceLinkedRole"] = {"create": _create_role, "delete": _delete_role}
    types["AWS::ElastiCache::ServerlessCache"] = {"create": _create_cache, "delete": _delete_cache}
    types["AWS::IAM::Role"]["create"] = _with_boundary(types["AWS::IAM::Role"]["create"])
    types["AWS::Lambda::Function"]["delete"] = _ending_worker(types["AWS::Lambda::Function"]["delete"])
    replace(lambda_svc, "invalidate_worker", _of_this_account)

    replace(custom_resource, "deliver_response", _recording_response)
    replace(custom_resource, "invoke_custom_resource", _recording_failed_create)
    replace(stacks, "_update_resource", _creating_failed_again)
    handlers._ACTION_HANDLERS["UpdateStack"] = _updating_failed_stack(handlers._ACTION_HANDLERS["UpdateStack"])
    replace(stacks, "_delete_resource", _retaining_dependencies)
    # Module handlers has references of its own, because it imports both by name.
    for module in (stacks, handlers):
        replace(module, "_delete_stack_async", _restoring_retained)
        replace(module, "_roll_back_operation", _rolling_back_failed_create)


def _create_role(logical_id, props, stack_name):
    name = slr.create_role(props.get("AWSServiceName"), props.get("Description"), props.get("CustomSuffix"))
    return name, {"RoleName": name}


def _delete_role(physical_id, props):
    task = slr.deletion_task(slr.delete_role(physical_id))
    if task["Status"] == "FAILED":
        raise ValueError(slr.IN_USE)


def _with_boundary(create):
    # MiniStack ignores the permissions boundary of a role in a template.
    def create_with_boundary(logical_id, props, stack_name):
        physical_id, attributes = create(logical_id, props, stack_name)
        iam._roles[physical_id]["PermissionsBoundary"] = props.get("PermissionsBoundary")
        return physical_id, attributes
    return create_with_boundary


def _cache_arn(name):
    return f"arn:aws:elasticache:{get_region()}:{get_account_id()}:serverlesscache:{name}"


def _create_cache(logical_id, props, stack_name):
    if not slr.role_exists():
        raise ValueError(f'Resource handler returned message: "{ROLE_NOT_FOUND} (Service: ElastiCache, Status Code: 400, '
                         f'Request ID: {new_uuid()})" (HandlerErrorCode: ServiceLinkedRoleNotFoundFault)')
    name = props["ServerlessCacheName"]
    slr.role_users[_cache_arn(name)] = get_region()
    endpoint = f"{name}.serverless.{get_region()}.cache.amazonaws.com"
    return name, {"ARN": _cache_arn(name), "Status": "available", "Endpoint.Address": endpoint, "Endpoint.Port": "6379"}


def _delete_cache(physical_id, props):
    slr.role_users.pop(_cache_arn(physical_id), None)


def _of_this_account(invalidate_worker):
    # MiniStack's CloudFormation passes no account, which ends functions of this name in all accounts and Regions.
    def invalidate_own_worker(name, qualifier=None, account=None, region=None):
        invalidate_worker(name, qualifier, account or get_account_id(), region or get_region())
    return invalidate_own_worker


def _ending_worker(delete):
    # MiniStack does not end the process of a function that is deleted with its stack. Each takes 70 MB.
    def delete_function(physical_id, props):
        delete(physical_id, props)
        lambda_svc.invalidate_worker(physical_id)
    return delete_function


def _recording_response(deliver):
    def deliver_response(token, response):
        _responses[response["StackId"], response["LogicalResourceId"]] = response
        return deliver(token, response)
    return deliver_response


def _recording_failed_create(invoke):
    # CloudFormation sends a Delete event for a custom resource whose Create failed. MiniStack forgets that resource.
    def invoke_custom_resource(request_type, logical_id, props, stack_name, stack_id, resource_type, *args, **kwargs):
        _responses.pop((stack_id, logical_id), None)
        try:
            return invoke(request_type, logical_id, props, stack_name, stack_id, resource_type, *args, **kwargs)
        except (RuntimeError, TimeoutError) as error:
            resources = cloudformation._stacks[stack_name]["_resources"]
            # The record of a resource that is being replaced remains that of the previous one.
            if request_type == "Create" and logical_id not in resources:
                response = _responses.get((stack_id, logical_id), {})
                resources[logical_id] = {
                    "PhysicalResourceId": response.get("PhysicalResourceId") or f"{stack_name}-{logical_id}-{new_uuid()}",
                    "ResourceType": resource_type,
                    "ResourceStatus": "CREATE_FAILED",
                    "ResourceStatusReason": str(error),
                    "LogicalResourceId": logical_id,
                    "Properties": props,
                    "Attributes": {},
                    "Timestamp": now_iso(),
                }
            raise
    return invoke_custom_resource


def _updating_failed_stack(update):
    # CloudFormation updates a stack whose creation failed with rollback disabled. MiniStack does not.
    def update_stack(params):
        stack = handlers._resolve_stack(handlers._p(params, "StackName"))
        if stack and stack["StackStatus"] == "CREATE_FAILED":
            stack["StackStatus"] = "CREATE_COMPLETE"
        return update(params)
    return update_stack


def _creating_failed_again(update):
    # Such an update creates a failed resource again. The new physical ID makes MiniStack delete the failed one in the clean-up.
    def update_resource(resource_type, physical_id, old_props, props, stack_name, logical_id=None, *args):
        if cloudformation._stacks[stack_name]["_resources"].get(logical_id, {}).get("ResourceStatus") == "CREATE_FAILED":
            return provisioners._provision_resource(resource_type, logical_id, props, stack_name)
        return update(resource_type, physical_id, old_props, props, stack_name, logical_id, *args)
    return update_resource


def _retaining_dependencies(delete):
    # MiniStack's deletion loops skip resources that the stack no longer lists.
    def delete_resource(resource_type, physical_id, props, stack_name=None, logical_id=None):
        try:
            return delete(resource_type, physical_id, props, stack_name, logical_id)
        except Exception:
            if (retained := _retained.get()) is not None:
                stack = cloudformation._stacks[stack_name]
                resources, definitions = stack["_resources"], stack["_template"].get("Resources", {})
                for dependency in stacks._with_dependencies([logical_id], definitions, set(resources)) - {logical_id}:
                    retained[dependency] = resources.pop(dependency)
            raise
    return delete_resource


def _restoring_retained(delete_stack):
    async def delete_stack_async(stack_name, stack_id, retain_resources=(), force=False):
        retained = {}
        _retained.set(retained)
        await delete_stack(stack_name, stack_id, retain_resources, force)
        cloudformation._stacks[stack_name]["_resources"].update(retained)
    return delete_stack_async


def _rolling_back_failed_create(roll_back):
    async def roll_back_operation(stack_name, stack_id, stack, operation, *args, **kwargs):
        failed = operation["failed_logical_id"]
        if stack["_resources"].get(failed, {}).get("ResourceStatus") == "CREATE_FAILED":
            operation["created"].append(failed)
        await roll_back(stack_name, stack_id, stack, operation, *args, **kwargs)
    return roll_back_operation
