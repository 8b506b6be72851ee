// Nest 12 ships ESM only and Jest runs CommonJS: see docs/adr/0006-jest-with-esm-packages.md.
module.exports = {
  rootDir: '..',
  testEnvironment: 'node',
  maxWorkers: 2,
  // A spec that leaves something behind slows down no other.
  workerIdleMemoryLimit: '1500MB',
  transform: { '^.+\\.m?[tj]s$': ['@swc/jest'] },
  transformIgnorePatterns: ['node_modules/(?!(@nestjs|uuid|nodemailer|openid-client|oauth4webapi|jose)/)'],
  moduleFileExtensions: ['ts', 'mjs', 'cjs', 'js', 'json'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFiles: ['<rootDir>/test/support/setup.ts'],
};
