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
import software.amazon.awscdk.services.iam.User;
import software.amazon.awscdk.services.kms.Key;
import software.constructs.Construct;

public final class App {
  public static void main(final String[] args) {
    var app = new software.amazon.awscdk.App();

    // Set the props, and use the attributes.
    var platform = new Stack(app, "Platform");
    var role = ElastiCacheServiceLinkedRole.Builder.create(platform, "Role")
        .description("ElastiCache of the platform, café included")
        .removalPolicy(RemovalPolicy.DESTROY)
        .propagationDelay(Duration.seconds(30))
        .trigger("first")
        .build();
    CfnOutput.Builder.create(platform, "RoleId").value(role.getRoleId()).build();
    CfnOutput.Builder.create(platform, "CreateDate").value(role.getCreateDate()).build();

    // Declare the role and deploy a cache after it, or refer to the account's role without declaring it.
    var service = new Stack(app, "Service");
    new EncryptedCache(service, "Declared", new ElastiCacheServiceLinkedRole(service, "Role"));
    new EncryptedCache(service, "Referred", ElastiCacheServiceLinkedRole.fromAccount(service, "AccountRole"));

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
    ManagedPolicy.Builder.create(security, "Boundary").statements(statements).build();
    var administrators = new Group(security, "Administrators");
    ElastiCacheServiceLinkedRolePermissions.Builder.create(security, "Permissions")
        .create(List.of(administrators, Role.fromRoleName(security, "Imported", "pipeline")))
        .delete(List.of(administrators))
        .updateDescription(List.of(administrators))
        .build();

    // Props out of bounds are an error.
    try {
      ElastiCacheServiceLinkedRole.Builder.create(new Stack(), "Role").propagationDelay(Duration.minutes(11)).build();
    } catch (RuntimeException error) {
      System.out.println(error.getMessage());
    }

    app.synth();
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
