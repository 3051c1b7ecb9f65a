module example.com/app

go 1.25

require github.com/your-organization/cdk-elasticache-service-linked-role-go/elasticacheservicelinkedrole v0.0.0

replace github.com/your-organization/cdk-elasticache-service-linked-role-go/elasticacheservicelinkedrole => ../dist/go/elasticacheservicelinkedrole
