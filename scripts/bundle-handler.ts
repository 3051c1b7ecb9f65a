import { writeFileSync } from 'fs';
import { buildSync } from 'esbuild';

const { outputFiles } = buildSync({
  entryPoints: ['src/handler/index.ts'],
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  charset: 'utf8',
  external: ['@aws-sdk/*'], // the Lambda runtime brings it
  tsconfigRaw: { compilerOptions: {} }, // without the prologue of strict mode
  write: false,
});
const code = outputFiles[0].text.trim();
writeFileSync('src/handler-code.ts', `export const HANDLER_CODE = ${JSON.stringify(code)};\n`);
