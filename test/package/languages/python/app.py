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

# Set the props, and use the attributes.
platform = Stack(app, "Platform")
role = ElastiCacheServiceLinkedRole(
    platform,
    "Role",
    description="ElastiCache of the platform, café included",
    removal_policy=RemovalPolicy.DESTROY,
    propagation_delay=Duration.seconds(30),
    trigger="first",
)
CfnOutput(platform, "RoleId", value=role.role_id)
CfnOutput(platform, "CreateDate", value=role.create_date)


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


# Declare the role and deploy a cache after it, or refer to the account's role without declaring it.
service = Stack(app, "Service")
EncryptedCache(service, "Declared", ElastiCacheServiceLinkedRole(service, "Role"))
EncryptedCache(service, "Referred", ElastiCacheServiceLinkedRole.from_account(service, "AccountRole"))

# Leave the role to the aspect, in every stack that has an ElastiCache resource.
worker = Stack(app, "Worker")
elasticache.CfnServerlessCache(worker, "Cache", engine="valkey", serverless_cache_name="worker")
Aspects.of(worker).add(EnsureElastiCacheServiceLinkedRole(description="ElastiCache of the worker"))

# Grant others permissions on the role. The statements are for what is not a grantee.
security = Stack(app, "Security")
iam.ManagedPolicy(
    security,
    "Boundary",
    statements=[
        *ElastiCacheServiceLinkedRoleStatements.create(),
        *ElastiCacheServiceLinkedRoleStatements.delete(),
        *ElastiCacheServiceLinkedRoleStatements.update_description(),
    ],
)
administrators = iam.Group(security, "Administrators")
ElastiCacheServiceLinkedRolePermissions(
    security,
    "Permissions",
    create=[administrators, iam.Role.from_role_name(security, "Imported", "pipeline")],
    delete=[administrators],
    update_description=[administrators],
)

# Props out of bounds are an error.
try:
    ElastiCacheServiceLinkedRole(Stack(), "Role", propagation_delay=Duration.minutes(11))
except RuntimeError as error:
    print(error)

app.synth()
