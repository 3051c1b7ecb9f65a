package main

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticache"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/your-organization/cdk-elasticache-service-linked-role-go/elasticacheservicelinkedrole"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)

	// Set the props, and use the attributes.
	platform := awscdk.NewStack(app, jsii.String("Platform"), nil)
	role := elasticacheservicelinkedrole.NewElastiCacheServiceLinkedRole(platform, jsii.String("Role"), &elasticacheservicelinkedrole.ElastiCacheServiceLinkedRoleProps{
		Description:      jsii.String("ElastiCache of the platform, café included"),
		RemovalPolicy:    awscdk.RemovalPolicy_DESTROY,
		PropagationDelay: awscdk.Duration_Seconds(jsii.Number(30)),
		Trigger:          jsii.String("first"),
	})
	awscdk.NewCfnOutput(platform, jsii.String("RoleId"), &awscdk.CfnOutputProps{Value: role.RoleId()})
	awscdk.NewCfnOutput(platform, jsii.String("CreateDate"), &awscdk.CfnOutputProps{Value: role.CreateDate()})

	// Declare the role and deploy a cache after it, or refer to the account's role without declaring it.
	service := awscdk.NewStack(app, jsii.String("Service"), nil)
	newEncryptedCache(service, "Declared", elasticacheservicelinkedrole.NewElastiCacheServiceLinkedRole(service, jsii.String("Role"), nil))
	newEncryptedCache(service, "Referred", elasticacheservicelinkedrole.ElastiCacheServiceLinkedRole_FromAccount(service, jsii.String("AccountRole")))

	// Leave the role to the aspect, in every stack that has an ElastiCache resource.
	worker := awscdk.NewStack(app, jsii.String("Worker"), nil)
	awselasticache.NewCfnServerlessCache(worker, jsii.String("Cache"), &awselasticache.CfnServerlessCacheProps{
		Engine:              jsii.String("valkey"),
		ServerlessCacheName: jsii.String("worker"),
	})
	aspect := elasticacheservicelinkedrole.NewEnsureElastiCacheServiceLinkedRole(&elasticacheservicelinkedrole.EnsureElastiCacheServiceLinkedRoleProps{
		Description: jsii.String("ElastiCache of the worker"),
	})
	awscdk.Aspects_Of(worker).Add(aspect, nil)

	// Grant others permissions on the role. The statements are for what is not a grantee.
	security := awscdk.NewStack(app, jsii.String("Security"), nil)
	statements := slices.Concat(
		*elasticacheservicelinkedrole.ElastiCacheServiceLinkedRoleStatements_Create(),
		*elasticacheservicelinkedrole.ElastiCacheServiceLinkedRoleStatements_Delete(),
		*elasticacheservicelinkedrole.ElastiCacheServiceLinkedRoleStatements_UpdateDescription(),
	)
	awsiam.NewManagedPolicy(security, jsii.String("Boundary"), &awsiam.ManagedPolicyProps{Statements: &statements})
	administrators := awsiam.NewGroup(security, jsii.String("Administrators"), nil)
	elasticacheservicelinkedrole.NewElastiCacheServiceLinkedRolePermissions(security, jsii.String("Permissions"), &elasticacheservicelinkedrole.ElastiCacheServiceLinkedRolePermissionsProps{
		Create:            &[]awsiam.IGrantable{administrators, awsiam.Role_FromRoleName(security, jsii.String("Imported"), jsii.String("pipeline"), nil)},
		Delete:            &[]awsiam.IGrantable{administrators},
		UpdateDescription: &[]awsiam.IGrantable{administrators},
	})

	printRefusal()
	app.Synth(nil)
}

// Props out of bounds are an error.
func printRefusal() {
	defer func() { fmt.Println(recover()) }()
	props := &elasticacheservicelinkedrole.ElastiCacheServiceLinkedRoleProps{PropagationDelay: awscdk.Duration_Minutes(jsii.Number(11))}
	elasticacheservicelinkedrole.NewElastiCacheServiceLinkedRole(awscdk.NewStack(nil, nil, nil), jsii.String("Role"), props)
}

// Takes the role as a parameter: as a dependency, as the grantee of a key, and to grant permissions on it.
func newEncryptedCache(scope constructs.Construct, id string, role elasticacheservicelinkedrole.IElastiCacheServiceLinkedRole) constructs.Construct {
	this := constructs.NewConstruct(scope, jsii.String(id))
	key := awskms.NewKey(this, jsii.String("Key"), nil)
	key.GrantDecrypt(role)
	cache := awselasticache.NewCfnServerlessCache(this, jsii.String("Cache"), &awselasticache.CfnServerlessCacheProps{
		Engine:              jsii.String("valkey"),
		ServerlessCacheName: jsii.String(id),
		KmsKeyId:            key.KeyArn(),
	})
	cache.Node().AddDependency(role)
	role.Grants().UpdateDescription(awsiam.NewUser(this, jsii.String("Operator"), nil)).AssertSuccess()
	awscdk.NewCfnOutput(this, jsii.String("Principal"), &awscdk.CfnOutputProps{
		Value: jsii.Sprintf("%s %s", *role.RoleName(), *role.RoleArn()),
	})
	return this
}
