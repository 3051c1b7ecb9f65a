import { jsii, name } from '../../package.json';

/** Where the registries are, all of them on this machine. */
export interface Places {
  readonly npm: string;
  readonly pypi: string;
  readonly maven: string;
  readonly nuget: string;
}

/** A language, and how its package is published, installed, and used. */
export interface Target {
  /** The name of the language for jsii-pacmak. */
  readonly language: string;
  /** Tools without which the package cannot be built and used. */
  readonly tools: readonly string[];
  /** publib's command for the registry. */
  readonly publisher: string;
  /** What directs publib to the registry. A value like a token is `dummy`. */
  readonly environment: (places: Places) => Record<string, string>;
  /** The folder of its app in test/package/languages. */
  readonly app: string;
  /** Installs $VERSION into a fresh copy of the app's files from the registry, and runs the app. */
  readonly synthesize: string;
}

const { go } = jsii.targets;

/** The registries by name. */
export const TARGETS: Readonly<Record<string, Target>> = {
  npm: {
    language: 'js',
    tools: ['node'],
    publisher: 'publib-npm',
    environment: ({ npm }) => ({ NPM_REGISTRY: npm, DISABLE_HTTPS: 'true', NPM_TOKEN: 'dummy', NPM_DIST_TAG: 'latest' }),
    app: 'typescript',
    synthesize: `npm install --prefix . --no-package-lock --no-audit --no-fund ${name}@$VERSION && tsc --strict --skipLibCheck --module node16 app.ts && node app.js`,
  },
  pypi: {
    language: 'python',
    tools: ['python3'],
    publisher: 'publib-pypi',
    environment: ({ pypi }) => ({ TWINE_REPOSITORY_URL: pypi, TWINE_USERNAME: 'dummy', TWINE_PASSWORD: 'dummy' }),
    app: 'python',
    synthesize: `python3 -m venv .venv && .venv/bin/pip install --extra-index-url "$PYPI"simple/ ${jsii.targets.python.distName}==$VERSION && .venv/bin/python app.py`,
  },
  // Maven Central takes signed packages over a protocol that no other server here speaks. publib publishes to other repositories with the same plugin of Maven, unsigned.
  maven: {
    language: 'java',
    tools: ['mvn', 'javac'],
    publisher: 'publib-maven',
    environment: ({ maven }) => ({ MAVEN_SERVER_ID: 'rehearsal', MAVEN_REPOSITORY_URL: maven, MAVEN_USERNAME: 'dummy', MAVEN_PASSWORD: 'dummy' }),
    app: 'java',
    synthesize: 'sed -i "s|>0.0.0<|>$VERSION<|; s|</properties>|&<repositories><repository><id>rehearsal</id><url>$MAVEN</url></repository></repositories>|" pom.xml && '
      + 'mvn --batch-mode -Dcdk.version=$CDK_VERSION -Dconstructs.version=$CONSTRUCTS_VERSION -Dmdep.outputFile=classpath '
      + 'compile dependency:build-classpath && java -cp target/classes:$(cat classpath) App',
  },
  go: {
    language: 'go',
    tools: ['go'],
    publisher: 'publib-golang',
    environment: () => ({ GITHUB_TOKEN: 'dummy', GIT_USER_NAME: 'rehearsal', GIT_USER_EMAIL: 'rehearsal@localhost' }),
    app: 'go',
    synthesize: `go mod edit -dropreplace=${go.moduleName}/${go.packageName} -require=${go.moduleName}/${go.packageName}@v$VERSION && go mod tidy && go build -o app . && ./app`,
  },
  nuget: {
    language: 'dotnet',
    tools: ['dotnet'],
    publisher: 'publib-nuget',
    environment: ({ nuget }) => ({ NUGET_SERVER: nuget, NUGET_API_KEY: 'dummy' }),
    app: 'dotnet',
    synthesize: 'sed -i s/0.0.0/$VERSION/ App.csproj && RestoreAdditionalProjectSources="${RestoreAdditionalProjectSources-};$NUGET" '
      + 'dotnet build --output out -p:CdkVersion=$CDK_VERSION -p:ConstructsVersion=$CONSTRUCTS_VERSION && dotnet out/App.dll',
  },
};
