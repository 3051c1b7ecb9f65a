import { jsii, name } from '../../package.json';

/** A registry, and how the package is published to it, installed from it, and used. */
export interface Target {
  /** The name of the language for jsii-pacmak. */
  readonly language: string;
  /** Tools without which the package cannot be built and used. */
  readonly tools: readonly string[];
  /** Publishes what is packed with publib, which finds the registry in environment variables. A value like a token is `dummy`. */
  readonly publish: string;
  /** The folder of the app in test/package/languages. */
  readonly app: string;
  /** Installs $VERSION from the registry into a copy of the app, and runs the app. */
  readonly synthesize: string;
}

const { distName } = jsii.targets.python;
const goModule = `${jsii.targets.go.moduleName}/${jsii.targets.go.packageName}`;

/**
 * The registries by name. $NPM, $PYPI, $MAVEN, and $NUGET are where they are on this machine.
 * Go's is the repository that Git finds in place of the module's.
 */
export const TARGETS: Readonly<Record<string, Target>> = {
  npm: {
    language: 'js',
    tools: ['node'],
    publish: 'NPM_REGISTRY=$NPM DISABLE_HTTPS=true NPM_TOKEN=dummy NPM_DIST_TAG=latest publib-npm',
    app: 'typescript',
    synthesize: `npm install --prefix . --no-package-lock --no-audit --no-fund ${name}@$VERSION && `
      + 'tsc --strict --skipLibCheck --module node16 app.ts && node app.js',
  },
  pypi: {
    language: 'python',
    tools: ['python3'],
    publish: 'TWINE_REPOSITORY_URL=$PYPI TWINE_USERNAME=dummy TWINE_PASSWORD=dummy publib-pypi',
    app: 'python',
    synthesize: `python3 -m venv .venv && .venv/bin/pip install --extra-index-url "$PYPI"simple/ ${distName}==$VERSION && .venv/bin/python app.py`,
  },
  // Maven Central takes signed packages over a protocol that no other server here speaks.
  // publib publishes to other repositories with the same plugin of Maven, unsigned.
  maven: {
    language: 'java',
    tools: ['mvn', 'javac'],
    publish: 'MAVEN_SERVER_ID=rehearsal MAVEN_REPOSITORY_URL=$MAVEN MAVEN_USERNAME=dummy MAVEN_PASSWORD=dummy publib-maven',
    app: 'java',
    synthesize: 'sed -i "s|>0.0.0<|>$VERSION<|; s|</properties>|&<repositories><repository><id>rehearsal</id><url>$MAVEN</url></repository></repositories>|" pom.xml && '
      + 'mvn --batch-mode --quiet -Dcdk.version=$CDK_VERSION -Dconstructs.version=$CONSTRUCTS_VERSION -Dmdep.outputFile=classpath '
      + 'compile dependency:build-classpath && java -cp target/classes:$(cat classpath) App',
  },
  go: {
    language: 'go',
    tools: ['go'],
    publish: 'GITHUB_TOKEN=dummy GIT_USER_NAME=rehearsal GIT_USER_EMAIL=rehearsal@localhost publib-golang',
    app: 'go',
    synthesize: `go mod edit -dropreplace=${goModule} -require=${goModule}@v$VERSION && go mod tidy && go build -o app . && ./app`,
  },
  nuget: {
    language: 'dotnet',
    tools: ['dotnet'],
    publish: 'NUGET_SERVER=$NUGET NUGET_API_KEY=dummy publib-nuget',
    app: 'dotnet',
    synthesize: 'sed -i s/0.0.0/$VERSION/ App.csproj && RestoreAdditionalProjectSources="${RestoreAdditionalProjectSources-};$NUGET" '
      + 'dotnet build --output out -p:CdkVersion=$CDK_VERSION -p:ConstructsVersion=$CONSTRUCTS_VERSION && dotnet out/App.dll',
  },
};
