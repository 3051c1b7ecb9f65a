#!/usr/bin/env bash
# Runs the unit tests against other versions of aws-cdk-lib and constructs, in a copy of this folder.
# usage: scripts/test-with-cdk.sh AWS_CDK_LIB_VERSION CONSTRUCTS_VERSION
set -euo pipefail
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files --cached --others --exclude-standard -z | tar --create --null --files-from - | tar --extract --directory "$copy"
cd "$copy"
npm ci --silent
npm install --silent --no-save --force "aws-cdk-lib@$1" "constructs@$2"
node --print '["aws-cdk-lib", "constructs"].map((name) => name + " " + require(name + "/package.json").version).join(", ")'
npx projen bundle
# The validation of each template takes seconds and is no subject of these tests.
# Left out: what deploys, and what compares with files made by the version developed against.
CDK_VALIDATION=false npx jest --coverage=false --testPathIgnorePatterns emulator end-to-end schedules linting template
