from aws_cdk import App, Aspects, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from cdk_elasticache_service_linked_role import (
    ElastiCacheServiceLinkedRole,
    ElastiCacheServiceLinkedRoleGrants,
    ElastiCacheServiceLinkedRolePermissions,
    ElastiCacheServiceLinkedRoleStatements,
    EnsureElastiCacheServiceLinkedRole,
)

app = App()

# Declares the role. Whoever deploys may create it, administrators may delete it.
platform = Stack(app, "Platform")
role = ElastiCacheServiceLinkedRole(
    platform,
    "Role",
    description="ElastiCache of the platform, café included",
    removal_policy=RemovalPolicy.DESTROY,
    propagation_delay=Duration.seconds(30),
)
deployer = iam.Role(platform, "Deployer", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
administrators = iam.Group(platform, "Administrators")
ElastiCacheServiceLinkedRolePermissions(
    platform,
    "Permissions",
    create=[deployer],
    delete=[administrators],
    update_description=[administrators],
    full_access=[administrators],
)
operator = iam.User(platform, "Operator")
role.grants.create(operator)
role.grants.delete(operator).assert_success()
role.grants.update_description(operator)
kms.Key(platform, "Key").grant_encrypt_decrypt(role.role)
CfnOutput(platform, "RoleArn", value=role.role_arn)
CfnOutput(platform, "RoleName", value=role.role_name)
CfnOutput(platform, "RoleId", value=role.role_id)
CfnOutput(platform, "CreateDate", value=role.create_date)

# Refers to the role without declaring it, and writes the statements into a policy.
security = Stack(app, "Security")
account_role = ElastiCacheServiceLinkedRole.from_account(security, "Role")
CfnOutput(security, "RoleArn", value=account_role.role_arn)
CfnOutput(security, "PermissionsPolicyArn", value=account_role.permissions_policy.managed_policy_arn)
boundary = iam.ManagedPolicy(
    security,
    "Boundary",
    statements=[
        *ElastiCacheServiceLinkedRoleStatements.create(),
        *ElastiCacheServiceLinkedRoleStatements.delete(),
        *ElastiCacheServiceLinkedRoleStatements.update_description(),
    ],
)
auditor = iam.Role(security, "Auditor", assumed_by=iam.AccountRootPrincipal(), permissions_boundary=boundary)
ElastiCacheServiceLinkedRoleGrants.from_account(security).update_description(auditor)

# Has a cache, and leaves the role to the aspect.
service = Stack(app, "Service")
elasticache.CfnServerlessCache(service, "Cache", engine="valkey", serverless_cache_name="service")
Aspects.of(service).add(EnsureElastiCacheServiceLinkedRole(description="ElastiCache of the service"))

# Has another, which waits for the role of the platform.
worker = Stack(app, "Worker")
elasticache.CfnServerlessCache(worker, "Cache", engine="valkey", serverless_cache_name="worker")
Aspects.of(worker).add(EnsureElastiCacheServiceLinkedRole(role=role))

app.synth()
