import com.example.cdk.elasticache.servicelinkedrole.ElastiCacheServiceLinkedRole;
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
import software.amazon.awscdk.services.iam.Group;
import software.amazon.awscdk.services.iam.ManagedPolicy;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.iam.User;
import software.amazon.awscdk.services.kms.Key;
import software.constructs.Construct;

public final class App {
  public static void main(final String[] args) {
    var app = new software.amazon.awscdk.App();

    // Declare the role, and deploy a cache after it.
    var small = new Stack(app, "Small");
    var smallRole = new ElastiCacheServiceLinkedRole(small, "Role");
    var smallCache = CfnServerlessCache.Builder.create(small, "Cache").engine("valkey").serverlessCacheName("small").build();
    smallCache.getNode().addDependency(smallRole);

    // Set the props, and use the attributes.
    var platform = new Stack(app, "Platform");
    var role = ElastiCacheServiceLinkedRole.Builder.create(platform, "Role")
        .description("ElastiCache of the platform, café included")
        .removalPolicy(RemovalPolicy.DESTROY)
        .propagationDelay(Duration.seconds(30))
        .trigger("first")
        .build();
    CfnOutput.Builder.create(platform, "RoleArn").value(role.getRoleArn()).build();
    CfnOutput.Builder.create(platform, "RoleName").value(role.getRoleName()).build();
    CfnOutput.Builder.create(platform, "RoleId").value(role.getRoleId()).build();
    CfnOutput.Builder.create(platform, "CreateDate").value(role.getCreateDate()).build();

    new EncryptedCache(platform, "Declared", role);

    // Refer to the account's role without declaring it.
    var service = new Stack(app, "Service");
    new EncryptedCache(service, "Referred", ElastiCacheServiceLinkedRole.fromAccount(service, "Role"));

    // Leave the role to the aspect, in every stack that has an ElastiCache resource.
    var worker = new Stack(app, "Worker");
    CfnServerlessCache.Builder.create(worker, "Cache").engine("valkey").serverlessCacheName("worker").build();
    Aspects.of(worker).add(EnsureElastiCacheServiceLinkedRole.Builder.create().description("ElastiCache of the worker").build());

    // Grant others permissions on the role. The statements are for what is not a grantee.
    var security = new Stack(app, "Security");
    List<PolicyStatement> statements = Stream.of(
        ElastiCacheServiceLinkedRoleStatements.create(),
        ElastiCacheServiceLinkedRoleStatements.delete(),
        ElastiCacheServiceLinkedRoleStatements.updateDescription()).flatMap(List::stream).toList();
    var boundary = ManagedPolicy.Builder.create(security, "Boundary").statements(statements).build();
    var deployer = Role.Builder.create(security, "Deployer")
        .assumedBy(new ServicePrincipal("codebuild.amazonaws.com"))
        .permissionsBoundary(boundary)
        .build();
    var administrators = new Group(security, "Administrators");
    ElastiCacheServiceLinkedRolePermissions.Builder.create(security, "Permissions")
        .create(List.of(
            deployer,
            administrators,
            new User(security, "Engineer"),
            Role.fromRoleName(security, "Imported", "pipeline"),
            boundary))
        .delete(List.of(administrators))
        .updateDescription(List.of(administrators))
        .build();

    // Props out of bounds, and grantees whose policy CDK cannot change, are errors.
    var wrong = new Stack();
    printError(() -> ElastiCacheServiceLinkedRole.Builder.create(wrong, "Role").propagationDelay(Duration.minutes(11)).build());
    printError(() -> role.getGrants().create(new ServicePrincipal("codebuild.amazonaws.com")));

    app.synth();
  }

  private static void printError(final Runnable build) {
    try {
      build.run();
    } catch (RuntimeException error) {
      System.out.println(error.getMessage());
    }
  }

  /** Takes the role as a parameter: as a dependency, as the grantee of a key, and to grant permissions on it. */
  private static final class EncryptedCache extends Construct {
    EncryptedCache(final Construct scope, final String id, final IElastiCacheServiceLinkedRole role) {
      super(scope, id);
      var key = new Key(this, "Key");
      key.grantDecrypt(role);
      var cache = CfnServerlessCache.Builder.create(this, "Cache")
          .engine("valkey")
          .serverlessCacheName(id)
          .kmsKeyId(key.getKeyArn())
          .build();
      cache.getNode().addDependency(role);
      role.getGrants().updateDescription(new User(this, "Operator")).assertSuccess();
      CfnOutput.Builder.create(this, "Principal").value(role.getRoleName() + " " + role.getRoleArn()).build();
    }
  }
}
