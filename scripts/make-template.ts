import { readFileSync, writeFileSync } from 'node:fs';
import { makeTemplate, TEMPLATE } from '../templates/plain-template';

const template = makeTemplate();
// Tests that run at the same time can be reading the file.
if (readFileSync(TEMPLATE, 'utf8') !== template) writeFileSync(TEMPLATE, template);
