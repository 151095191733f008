/** The version of this package, which signatures name as their signing agent. A test holds it to package.json. */
export const VERSION = '0.1.0';
