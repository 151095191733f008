// For CommonJS programs, where Node loads ES modules by require.
const { entries } = require('./required-entries.cjs');
const { verifyFixture } = require('./verify.mjs');

verifyFixture(entries).then(console.log);
