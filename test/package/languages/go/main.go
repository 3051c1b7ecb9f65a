package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticache"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
	slr "github.com/your-organization/cdk-elasticache-service-linked-role-go/elasticacheservicelinkedrole"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)

	// Declares the role. Whoever deploys may create it, administrators may delete it.
	platform := awscdk.NewStack(app, jsii.String("Platform"), nil)
	role := slr.NewElastiCacheServiceLinkedRole(platform, jsii.String("Role"), &slr.ElastiCacheServiceLinkedRoleProps{
		Description:      jsii.String("ElastiCache of the platform, café included"),
		RemovalPolicy:    awscdk.RemovalPolicy_DESTROY,
		PropagationDelay: awscdk.Duration_Seconds(jsii.Number(30)),
	})
	deployer := awsiam.NewRole(platform, jsii.String("Deployer"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("codebuild.amazonaws.com"), nil),
	})
	administrators := awsiam.NewGroup(platform, jsii.String("Administrators"), nil)
	slr.NewElastiCacheServiceLinkedRolePermissions(platform, jsii.String("Permissions"), &slr.ElastiCacheServiceLinkedRolePermissionsProps{
		Create:            &[]awsiam.IGrantable{deployer},
		Delete:            &[]awsiam.IGrantable{administrators},
		UpdateDescription: &[]awsiam.IGrantable{administrators},
		FullAccess:        &[]awsiam.IIdentity{administrators},
	})
	operator := awsiam.NewUser(platform, jsii.String("Operator"), nil)
	role.Grants().Create(operator)
	role.Grants().Delete(operator).AssertSuccess()
	role.Grants().UpdateDescription(operator)
	awskms.NewKey(platform, jsii.String("Key"), nil).GrantEncryptDecrypt(role.Role())
	output(platform, "RoleArn", role.RoleArn())
	output(platform, "RoleName", role.RoleName())
	output(platform, "RoleId", role.RoleId())
	output(platform, "CreateDate", role.CreateDate())

	// Refers to the role without declaring it, and writes the statements into a policy.
	security := awscdk.NewStack(app, jsii.String("Security"), nil)
	accountRole := slr.ElastiCacheServiceLinkedRole_FromAccount(security, jsii.String("Role"))
	output(security, "RoleArn", accountRole.RoleArn())
	output(security, "PermissionsPolicyArn", accountRole.PermissionsPolicy().ManagedPolicyArn())
	statements := slices.Concat(
		*slr.ElastiCacheServiceLinkedRoleStatements_Create(),
		*slr.ElastiCacheServiceLinkedRoleStatements_Delete(),
		*slr.ElastiCacheServiceLinkedRoleStatements_UpdateDescription(),
	)
	boundary := awsiam.NewManagedPolicy(security, jsii.String("Boundary"), &awsiam.ManagedPolicyProps{Statements: &statements})
	auditor := awsiam.NewRole(security, jsii.String("Auditor"), &awsiam.RoleProps{
		AssumedBy:           awsiam.NewAccountRootPrincipal(),
		PermissionsBoundary: boundary,
	})
	slr.ElastiCacheServiceLinkedRoleGrants_FromAccount(security).UpdateDescription(auditor)

	// Has a cache, and leaves the role to the aspect.
	service := awscdk.NewStack(app, jsii.String("Service"), nil)
	cache(service, "service")
	awscdk.Aspects_Of(service).Add(slr.NewEnsureElastiCacheServiceLinkedRole(&slr.EnsureElastiCacheServiceLinkedRoleProps{
		Description: jsii.String("ElastiCache of the service"),
	}), nil)

	// Has another, which waits for the role of the platform.
	worker := awscdk.NewStack(app, jsii.String("Worker"), nil)
	cache(worker, "worker")
	awscdk.Aspects_Of(worker).Add(slr.NewEnsureElastiCacheServiceLinkedRole(&slr.EnsureElastiCacheServiceLinkedRoleProps{Role: role}), nil)

	app.Synth(nil)
}

func cache(stack awscdk.Stack, name string) {
	awselasticache.NewCfnServerlessCache(stack, jsii.String("Cache"), &awselasticache.CfnServerlessCacheProps{
		Engine:              jsii.String("valkey"),
		ServerlessCacheName: jsii.String(name),
	})
}

func output(stack awscdk.Stack, id string, value *string) {
	awscdk.NewCfnOutput(stack, jsii.String(id), &awscdk.CfnOutputProps{Value: value})
}
