using System;
using System.Linq;
using Amazon.CDK;
using Amazon.CDK.AWS.ElastiCache;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Constructs;
using Example.Cdk.ElastiCache.ServiceLinkedRole;

var app = new App();

// Declare the role, and deploy a cache after it.
var small = new Stack(app, "Small");
var smallRole = new ElastiCacheServiceLinkedRole(small, "Role");
var smallCache = new CfnServerlessCache(small, "Cache", new CfnServerlessCacheProps { Engine = "valkey", ServerlessCacheName = "small" });
smallCache.Node.AddDependency(smallRole);

// Set the props, and use the attributes.
var platform = new Stack(app, "Platform");
var role = new ElastiCacheServiceLinkedRole(platform, "Role", new ElastiCacheServiceLinkedRoleProps
{
    Description = "ElastiCache of the platform, café included",
    RemovalPolicy = RemovalPolicy.DESTROY,
    PropagationDelay = Duration.Seconds(30),
    Trigger = "first",
});
_ = new CfnOutput(platform, "RoleArn", new CfnOutputProps { Value = role.RoleArn });
_ = new CfnOutput(platform, "RoleName", new CfnOutputProps { Value = role.RoleName });
_ = new CfnOutput(platform, "RoleId", new CfnOutputProps { Value = role.RoleId });
_ = new CfnOutput(platform, "CreateDate", new CfnOutputProps { Value = role.CreateDate });

_ = new EncryptedCache(platform, "Declared", role);

// Refer to the account's role without declaring it.
var service = new Stack(app, "Service");
_ = new EncryptedCache(service, "Referred", ElastiCacheServiceLinkedRole.FromAccount(service, "Role"));

// Leave the role to the aspect, in every stack that has an ElastiCache resource.
var worker = new Stack(app, "Worker");
_ = new CfnServerlessCache(worker, "Cache", new CfnServerlessCacheProps { Engine = "valkey", ServerlessCacheName = "worker" });
Aspects.Of(worker).Add(new EnsureElastiCacheServiceLinkedRole(new EnsureElastiCacheServiceLinkedRoleProps { Description = "ElastiCache of the worker" }));

// Grant others permissions on the role. The statements are for what is not a grantee.
var security = new Stack(app, "Security");
var boundary = new ManagedPolicy(security, "Boundary", new ManagedPolicyProps
{
    Statements = ElastiCacheServiceLinkedRoleStatements.Create()
        .Concat(ElastiCacheServiceLinkedRoleStatements.Delete())
        .Concat(ElastiCacheServiceLinkedRoleStatements.UpdateDescription())
        .ToArray(),
});
var deployer = new Role(security, "Deployer", new RoleProps
{
    AssumedBy = new ServicePrincipal("codebuild.amazonaws.com"),
    PermissionsBoundary = boundary,
});
var administrators = new Group(security, "Administrators");
_ = new ElastiCacheServiceLinkedRolePermissions(security, "Permissions", new ElastiCacheServiceLinkedRolePermissionsProps
{
    Create = new IGrantable[]
    {
        deployer,
        administrators,
        new User(security, "Engineer"),
        Role.FromRoleName(security, "Imported", "pipeline"),
        boundary,
    },
    Delete = new IGrantable[] { administrators },
    UpdateDescription = new IGrantable[] { administrators },
});

// Props out of bounds, and grantees whose policy CDK cannot change, are errors.
var wrong = new Stack();
PrintError(() => new ElastiCacheServiceLinkedRole(wrong, "Role", new ElastiCacheServiceLinkedRoleProps { PropagationDelay = Duration.Minutes(11) }));
PrintError(() => role.Grants.Create(new ServicePrincipal("codebuild.amazonaws.com")));

app.Synth();

static void PrintError(Func<object> build)
{
    try
    {
        build();
    }
    catch (Exception error)
    {
        Console.WriteLine(error.Message);
    }
}

/// <summary>Takes the role as a parameter: as a dependency, as the grantee of a key, and to grant permissions on it.</summary>
class EncryptedCache : Construct
{
    public EncryptedCache(Construct scope, string id, IElastiCacheServiceLinkedRole role) : base(scope, id)
    {
        var key = new Key(this, "Key");
        key.GrantDecrypt(role);
        var cache = new CfnServerlessCache(this, "Cache", new CfnServerlessCacheProps
        {
            Engine = "valkey",
            ServerlessCacheName = id,
            KmsKeyId = key.KeyArn,
        });
        cache.Node.AddDependency(role);
        role.Grants.UpdateDescription(new User(this, "Operator")).AssertSuccess();
        _ = new CfnOutput(this, "Principal", new CfnOutputProps { Value = $"{role.RoleName} {role.RoleArn}" });
    }
}
