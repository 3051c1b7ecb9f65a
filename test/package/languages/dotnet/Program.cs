using System.Linq;
using Amazon.CDK;
using Amazon.CDK.AWS.ElastiCache;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Example.Cdk.ElastiCache.ServiceLinkedRole;

var app = new App();

// Declares the role. Whoever deploys may create it, administrators may delete it.
var platform = new Stack(app, "Platform");
var role = new ElastiCacheServiceLinkedRole(platform, "Role", new ElastiCacheServiceLinkedRoleProps
{
    Description = "ElastiCache of the platform, café included",
    RemovalPolicy = RemovalPolicy.DESTROY,
    PropagationDelay = Duration.Seconds(30),
});
var deployer = new Role(platform, "Deployer", new RoleProps { AssumedBy = new ServicePrincipal("codebuild.amazonaws.com") });
var administrators = new Group(platform, "Administrators");
_ = new ElastiCacheServiceLinkedRolePermissions(platform, "Permissions", new ElastiCacheServiceLinkedRolePermissionsProps
{
    Create = new IGrantable[] { deployer },
    Delete = new IGrantable[] { administrators },
    UpdateDescription = new IGrantable[] { administrators },
    FullAccess = new IIdentity[] { administrators },
});
var @operator = new User(platform, "Operator");
role.Grants.Create(@operator);
role.Grants.Delete(@operator).AssertSuccess();
role.Grants.UpdateDescription(@operator);
new Key(platform, "Key").GrantEncryptDecrypt(role.Role);
Output(platform, "RoleArn", role.RoleArn);
Output(platform, "RoleName", role.RoleName);
Output(platform, "RoleId", role.RoleId);
Output(platform, "CreateDate", role.CreateDate);

// Refers to the role without declaring it, and writes the statements into a policy.
var security = new Stack(app, "Security");
IElastiCacheServiceLinkedRole accountRole = ElastiCacheServiceLinkedRole.FromAccount(security, "Role");
Output(security, "RoleArn", accountRole.RoleArn);
Output(security, "PermissionsPolicyArn", accountRole.PermissionsPolicy.ManagedPolicyArn);
var boundary = new ManagedPolicy(security, "Boundary", new ManagedPolicyProps
{
    Statements = ElastiCacheServiceLinkedRoleStatements.Create()
        .Concat(ElastiCacheServiceLinkedRoleStatements.Delete())
        .Concat(ElastiCacheServiceLinkedRoleStatements.UpdateDescription())
        .ToArray(),
});
var auditor = new Role(security, "Auditor", new RoleProps { AssumedBy = new AccountRootPrincipal(), PermissionsBoundary = boundary });
ElastiCacheServiceLinkedRoleGrants.FromAccount(security).UpdateDescription(auditor);

// Has a cache, and leaves the role to the aspect.
var service = new Stack(app, "Service");
_ = new CfnServerlessCache(service, "Cache", new CfnServerlessCacheProps { Engine = "valkey", ServerlessCacheName = "service" });
Aspects.Of(service).Add(new EnsureElastiCacheServiceLinkedRole(new EnsureElastiCacheServiceLinkedRoleProps { Description = "ElastiCache of the service" }));

// Has another, which waits for the role of the platform.
var worker = new Stack(app, "Worker");
_ = new CfnServerlessCache(worker, "Cache", new CfnServerlessCacheProps { Engine = "valkey", ServerlessCacheName = "worker" });
Aspects.Of(worker).Add(new EnsureElastiCacheServiceLinkedRole(new EnsureElastiCacheServiceLinkedRoleProps { Role = role }));

app.Synth();

static void Output(Stack stack, string id, string value) => _ = new CfnOutput(stack, id, new CfnOutputProps { Value = value });
