import { javascript } from 'projen';

/** How the tests are found and run. */
export const JEST: javascript.JestOptions = {
  jestVersion: '^30',
  updateSnapshot: javascript.UpdateSnapshot.NEVER,
  // `npm test` counts what the summary says; a junit file and coverage formats have no reader here.
  junitReporting: false,
  extraCliOptions: ['--coverage'],
  jestConfig: {
    collectCoverage: false, // a run of some tests would fail, because it does not cover the rest
    cacheDirectory: '<rootDir>/node_modules/.cache/jest', // nothing of a run is left in the system's temporary folder
    maxWorkers: '100%', // Jest leaves one core idle, half of a small machine
    testTimeout: 60_000, // only for tests that hang; 5 s, the default, fails tests on a busy machine
    globalSetup: '<rootDir>/test/create-temporary-folder.ts',
    globalTeardown: '<rootDir>/test/remove-temporary-folder.ts',
    coverageReporters: ['text-summary', 'json-summary'],
    collectCoverageFrom: ['src/**/*.ts'],
    coverageThreshold: { branches: 100, lines: 100, statements: 100 },
    coverageProvider: 'babel', // v8 reports lines of the handler as missed that the tests run
    testMatch: ['<rootDir>/@(test|verify)/**/*.test.ts'],
    moduleNameMapper: { '^cdk-elasticache-service-linked-role$': '<rootDir>/src' },
    // The languages require their tools: see test:languages.
    testPathIgnorePatterns: ['/node_modules/', 'test/package/languages/'],
  },
};
