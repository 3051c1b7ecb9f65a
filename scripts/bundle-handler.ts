import { writeFileSync } from 'fs';
import { buildSync } from 'esbuild';

// Not minified: the Lambda console and the template show this code.
const { outputFiles } = buildSync({
  entryPoints: ['src/handler/index.ts'],
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  charset: 'utf8',
  external: ['@aws-sdk/*'], // part of the Lambda runtime
  tsconfigRaw: { compilerOptions: {} }, // without "use strict" in front
  write: false,
});
const code = outputFiles[0].text.trim();
writeFileSync('src/private/handler-code.ts', `export const HANDLER_CODE = ${JSON.stringify(code)};\n`);
