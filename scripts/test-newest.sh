#!/usr/bin/env bash
# Runs tests with the newest aws-cdk-lib, constructs, and cdk-nag, in a copy of this folder: first bare, then with the
# feature flags that `cdk init` of that version sets.
# usage: scripts/test-newest.sh PATTERN...
set -euo pipefail
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
needed=(docs examples local-aws src templates test node_modules package.json package-lock.json tsconfig.json)
# Hard links, or copies if the temporary folder is in another file system.
cp -al "${needed[@]}" "$copy" 2>/dev/null || cp -a "${needed[@]}" "$copy"
rm "$copy/node_modules/.package-lock.json" # npm writes into this file, and replaces all others
cd "$copy"
npm install --silent --no-save --force aws-cdk-lib@latest constructs@latest cdk-nag@latest
node --print '["aws-cdk-lib", "constructs", "cdk-nag"].map((name) => name + " " + require(name + "/package.json").version).join(", ")'

excluded=(
  /node_modules/
  service-linked-role-aspect-alpha # the latest version of the alpha module calls what aws-cdk-lib has deprecated since
)
export JSII_DEPRECATED=fail CDK_VALIDATION=false # the validation of each template takes seconds; the tests of the examples turn it on
# The tests of the examples take longer than all others, so they run once, as new apps.
npx jest --testPathIgnorePatterns "${excluded[@]}" /test/package/examples -- "$@"
CDK_CONTEXT_JSON=$(cat node_modules/aws-cdk-lib/recommended-feature-flags.json)
export CDK_CONTEXT_JSON
npx jest --testPathIgnorePatterns "${excluded[@]}" -- "$@"
