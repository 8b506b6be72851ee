import nodePlugin from 'eslint-plugin-n';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const HTTP_EXCEPTIONS = [
  'HttpException',
  'BadRequestException',
  'UnauthorizedException',
  'ForbiddenException',
  'NotFoundException',
  'ConflictException',
  'InternalServerErrorException',
];

export default defineConfig(
  { ignores: ['**/node_modules/', '**/dist/', '**/.portolan/', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: `${root}/tsconfig.json`, tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { n: nodePlugin },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-params': 'off',
      '@typescript-eslint/max-params': ['error', { max: 7 }],
      'n/no-process-env': 'error',
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Outgoing requests belong to the egress room.' }],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@nestjs/common',
              importNames: ['forwardRef', 'Scope', ...HTTP_EXCEPTIONS],
              message: 'Throw an AppError; no forwardRef, no request scope.',
            },
            {
              name: '@nestjs/core',
              importNames: ['REQUEST'],
              message: 'The context is a parameter, never injected per request.',
            },
          ],
          patterns: [{ group: ['*/dist/*'], message: "A package's dist is not its door." }],
        },
      ],
      // Taking a property out of an object is what the rest pattern is for.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // Nest declares its options and OpenAPI its models as classes and takes plain objects for them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Lengths are counted in code points, as the official registry counts them.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**'],
    rules: {
      'n/no-process-env': 'off',
      'no-restricted-globals': 'off',
      'max-lines': ['error', { max: 500 }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    // The one place that has to recognise the framework's own exceptions.
    files: ['apps/api/src/error.filter.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['libs/config/src/load.ts', 'tools/**', 'bench/**'],
    rules: { 'n/no-process-env': 'off', 'no-restricted-globals': 'off' },
  },
  {
    files: ['**/*.mjs'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
