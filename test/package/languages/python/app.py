from typing import Any, Callable, cast

from aws_cdk import App, Aspects, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from cdk_elasticache_service_linked_role import (
    ElastiCacheServiceLinkedRole,
    ElastiCacheServiceLinkedRolePermissions,
    ElastiCacheServiceLinkedRoleStatements,
    EnsureElastiCacheServiceLinkedRole,
    IElastiCacheServiceLinkedRole,
)
from constructs import Construct

app = App()

# Declare the role, and deploy a cache after it.
small = Stack(app, "Small")
small_role = ElastiCacheServiceLinkedRole(small, "Role")
small_cache = elasticache.CfnServerlessCache(small, "Cache", engine="valkey", serverless_cache_name="small")
small_cache.node.add_dependency(small_role)

# Set the props, and use the attributes.
platform = Stack(app, "Platform")
platform_role = ElastiCacheServiceLinkedRole(
    platform,
    "Role",
    description="ElastiCache of the platform, café included",
    removal_policy=RemovalPolicy.DESTROY,
    propagation_delay=Duration.seconds(30),
    trigger="first",
)
CfnOutput(platform, "RoleArn", value=platform_role.role_arn)
CfnOutput(platform, "RoleName", value=platform_role.role_name)
CfnOutput(platform, "RoleId", value=platform_role.role_id)
CfnOutput(platform, "CreateDate", value=platform_role.create_date)


# Take the role as a parameter: as a dependency, as the grantee of a key, and to grant permissions on it.
class EncryptedCache(Construct):
    def __init__(self, scope: Construct, id: str, role: IElastiCacheServiceLinkedRole) -> None:
        super().__init__(scope, id)
        key = kms.Key(self, "Key")
        key.grant_decrypt(role)
        cache = elasticache.CfnServerlessCache(
            self, "Cache", engine="valkey", serverless_cache_name=id, kms_key_id=key.key_arn
        )
        cache.node.add_dependency(role)
        role.grants.update_description(iam.User(self, "Operator")).assert_success()
        CfnOutput(self, "Principal", value=f"{role.role_name} {role.role_arn}")


EncryptedCache(platform, "Declared", platform_role)

# Refer to the account's role without declaring it.
service = Stack(app, "Service")
EncryptedCache(service, "Referred", ElastiCacheServiceLinkedRole.from_account(service, "Role"))

# Leave the role to the aspect, in every stack that has an ElastiCache resource.
worker = Stack(app, "Worker")
elasticache.CfnServerlessCache(worker, "Cache", engine="valkey", serverless_cache_name="worker")
Aspects.of(worker).add(EnsureElastiCacheServiceLinkedRole(description="ElastiCache of the worker"))

# Grant others permissions on the role. The statements are for what is not a grantee.
security = Stack(app, "Security")
boundary = iam.ManagedPolicy(
    security,
    "Boundary",
    statements=[
        *ElastiCacheServiceLinkedRoleStatements.create(),
        *ElastiCacheServiceLinkedRoleStatements.delete(),
        *ElastiCacheServiceLinkedRoleStatements.update_description(),
    ],
)
deployer = iam.Role(
    security,
    "Deployer",
    assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
    permissions_boundary=boundary,
)
administrators = iam.Group(security, "Administrators")
ElastiCacheServiceLinkedRolePermissions(
    security,
    "Permissions",
    create=[
        deployer,
        administrators,
        iam.User(security, "Engineer"),
        iam.Role.from_role_name(security, "Imported", "pipeline"),
        boundary,
    ],
    delete=[administrators],
    update_description=[administrators],
)

# Props out of bounds, and grantees whose policy CDK cannot change, are errors.
wrong = Stack()


def print_error(build: Callable[[], object]) -> None:
    try:
        build()
    except RuntimeError as error:
        print(error)


print_error(lambda: ElastiCacheServiceLinkedRole(wrong, "Role", propagation_delay=Duration.minutes(11)))
print_error(lambda: platform_role.grants.create(iam.ServicePrincipal("codebuild.amazonaws.com")))
# A type checker refuses an AWS managed policy, which is no grantee.
managed_policy = cast(Any, iam.ManagedPolicy.from_aws_managed_policy_name("AmazonElastiCacheFullAccess"))
print_error(lambda: platform_role.grants.create(managed_policy))

app.synth()
