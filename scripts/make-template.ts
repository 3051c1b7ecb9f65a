import { writeFileSync } from 'node:fs';
import { makeTemplate, TEMPLATE } from '../templates/plain-template';

writeFileSync(TEMPLATE, makeTemplate());
