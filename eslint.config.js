// ESLint 10 reads only this file; the rules themselves stand in .eslintrc.json, which FlatCompat translates.
import { readFileSync } from 'node:fs';
import { FlatCompat } from '@eslint/eslintrc';
import js from '@eslint/js';

const compat = new FlatCompat({
  baseDirectory: import.meta.dirname,
  recommendedConfig: js.configs.recommended,
});
const rules = JSON.parse(readFileSync(new URL('.eslintrc.json', import.meta.url), 'utf8'));

export default [{ ignores: rules.ignorePatterns }, ...compat.config(rules)];
