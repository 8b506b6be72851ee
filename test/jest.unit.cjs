const base = require('./jest.base.cjs');

module.exports = { ...base, testMatch: ['<rootDir>/{apps,libs,tools}/**/*.spec.ts'] };
