// For browsers: found by the import map of the page, without a bundler.
const violations = [];
// Set before the package is loaded, to see what loading does, too.
document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
  violations.push(`${violatedDirective} was violated by ${blockedURI} in ${sourceFile}`);
});

const output = document.querySelector('output');
try {
  const { entries } = await import('./portable-entries.mjs');
  const { verifyFixture } = await import('./verify.mjs');
  const seen = await verifyFixture(entries);
  if (violations.length > 0) throw new Error(violations.join());
  output.className = 'good';
  output.textContent = seen;
} catch (error) {
  output.className = 'bad';
  output.textContent = String(error?.stack ?? error);
}
