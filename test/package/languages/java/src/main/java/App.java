import com.example.cdk.elasticache.servicelinkedrole.ElastiCacheServiceLinkedRole;
import com.example.cdk.elasticache.servicelinkedrole.ElastiCacheServiceLinkedRoleGrants;
import com.example.cdk.elasticache.servicelinkedrole.ElastiCacheServiceLinkedRolePermissions;
import com.example.cdk.elasticache.servicelinkedrole.ElastiCacheServiceLinkedRoleStatements;
import com.example.cdk.elasticache.servicelinkedrole.EnsureElastiCacheServiceLinkedRole;
import com.example.cdk.elasticache.servicelinkedrole.IElastiCacheServiceLinkedRole;
import java.util.List;
import java.util.stream.Stream;
import software.amazon.awscdk.Aspects;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.elasticache.CfnServerlessCache;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Group;
import software.amazon.awscdk.services.iam.ManagedPolicy;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.iam.User;
import software.amazon.awscdk.services.kms.Key;

public final class App {
  public static void main(final String[] args) {
    var app = new software.amazon.awscdk.App();

    // Declares the role. Whoever deploys may create it, administrators may delete it.
    var platform = new Stack(app, "Platform");
    var role = ElastiCacheServiceLinkedRole.Builder.create(platform, "Role")
        .description("ElastiCache of the platform, café included")
        .removalPolicy(RemovalPolicy.DESTROY)
        .propagationDelay(Duration.seconds(30))
        .build();
    var deployer = Role.Builder.create(platform, "Deployer").assumedBy(new ServicePrincipal("codebuild.amazonaws.com")).build();
    var administrators = new Group(platform, "Administrators");
    ElastiCacheServiceLinkedRolePermissions.Builder.create(platform, "Permissions")
        .create(List.of(deployer))
        .delete(List.of(administrators))
        .updateDescription(List.of(administrators))
        .fullAccess(List.of(administrators))
        .build();
    var operator = new User(platform, "Operator");
    role.getGrants().create(operator);
    role.getGrants().delete(operator).assertSuccess();
    role.getGrants().updateDescription(operator);
    new Key(platform, "Key").grantEncryptDecrypt(role.getRole());
    output(platform, "RoleArn", role.getRoleArn());
    output(platform, "RoleName", role.getRoleName());
    output(platform, "RoleId", role.getRoleId());
    output(platform, "CreateDate", role.getCreateDate());

    // Refers to the role without declaring it, and writes the statements into a policy.
    var security = new Stack(app, "Security");
    IElastiCacheServiceLinkedRole accountRole = ElastiCacheServiceLinkedRole.fromAccount(security, "Role");
    output(security, "RoleArn", accountRole.getRoleArn());
    output(security, "PermissionsPolicyArn", accountRole.getPermissionsPolicy().getManagedPolicyArn());
    List<PolicyStatement> statements = Stream.of(
        ElastiCacheServiceLinkedRoleStatements.create(),
        ElastiCacheServiceLinkedRoleStatements.delete(),
        ElastiCacheServiceLinkedRoleStatements.updateDescription()).flatMap(List::stream).toList();
    var boundary = ManagedPolicy.Builder.create(security, "Boundary").statements(statements).build();
    var auditor = Role.Builder.create(security, "Auditor").assumedBy(new AccountRootPrincipal()).permissionsBoundary(boundary).build();
    ElastiCacheServiceLinkedRoleGrants.fromAccount(security).updateDescription(auditor);

    // Has a cache, and leaves the role to the aspect.
    var service = new Stack(app, "Service");
    CfnServerlessCache.Builder.create(service, "Cache").engine("valkey").serverlessCacheName("service").build();
    Aspects.of(service).add(EnsureElastiCacheServiceLinkedRole.Builder.create().description("ElastiCache of the service").build());

    // Has another, which waits for the role of the platform.
    var worker = new Stack(app, "Worker");
    CfnServerlessCache.Builder.create(worker, "Cache").engine("valkey").serverlessCacheName("worker").build();
    Aspects.of(worker).add(EnsureElastiCacheServiceLinkedRole.Builder.create().role(role).build());

    app.synth();
  }

  private static void output(final Stack stack, final String id, final String value) {
    CfnOutput.Builder.create(stack, id).value(value).build();
  }
}
