using System;
using System.Linq;
using Amazon.CDK;
using Amazon.CDK.AWS.ElastiCache;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Constructs;
using Example.Cdk.ElastiCache.ServiceLinkedRole;

var app = new App();

// Set the props, and use the attributes.
var platform = new Stack(app, "Platform");
var role = new ElastiCacheServiceLinkedRole(platform, "Role", new ElastiCacheServiceLinkedRoleProps
{
    Description = "ElastiCache of the platform, café included",
    RemovalPolicy = RemovalPolicy.DESTROY,
    PropagationDelay = Duration.Seconds(30),
    Trigger = "first",
});
_ = new CfnOutput(platform, "RoleId", new CfnOutputProps { Value = role.RoleId });
_ = new CfnOutput(platform, "CreateDate", new CfnOutputProps { Value = role.CreateDate });

// Declare the role and deploy a cache after it, or refer to the account's role without declaring it.
var service = new Stack(app, "Service");
_ = new EncryptedCache(service, "Declared", new ElastiCacheServiceLinkedRole(service, "Role"));
_ = new EncryptedCache(service, "Referred", ElastiCacheServiceLinkedRole.FromAccount(service, "AccountRole"));

// Leave the role to the aspect, in every stack that has an ElastiCache resource.
var worker = new Stack(app, "Worker");
_ = new CfnServerlessCache(worker, "Cache", new CfnServerlessCacheProps { Engine = "valkey", ServerlessCacheName = "worker" });
Aspects.Of(worker).Add(new EnsureElastiCacheServiceLinkedRole(new EnsureElastiCacheServiceLinkedRoleProps { Description = "ElastiCache of the worker" }));

// Grant others permissions on the role. The statements are for what is not a grantee.
var security = new Stack(app, "Security");
_ = new ManagedPolicy(security, "Boundary", new ManagedPolicyProps
{
    Statements = ElastiCacheServiceLinkedRoleStatements.Create()
        .Concat(ElastiCacheServiceLinkedRoleStatements.Delete())
        .Concat(ElastiCacheServiceLinkedRoleStatements.UpdateDescription())
        .ToArray(),
});
var administrators = new Group(security, "Administrators");
_ = new ElastiCacheServiceLinkedRolePermissions(security, "Permissions", new ElastiCacheServiceLinkedRolePermissionsProps
{
    Create = new IGrantable[] { administrators, Role.FromRoleName(security, "Imported", "pipeline") },
    Delete = new IGrantable[] { administrators },
    UpdateDescription = new IGrantable[] { administrators },
});

// Props out of bounds are an error.
try
{
    _ = new ElastiCacheServiceLinkedRole(new Stack(), "Role", new ElastiCacheServiceLinkedRoleProps { PropagationDelay = Duration.Minutes(11) });
}
catch (Exception error)
{
    Console.WriteLine(error.Message);
}

app.Synth();

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
