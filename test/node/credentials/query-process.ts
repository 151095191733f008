// Queries a credential helper: `node query-process.mjs NAME SERVER TIMEOUT`. Prints the credential or the code of the
// error.
import { argv } from 'node:process';
import { isNotationError } from '../../../src/errors/index.ts';
import { queryCredentialHelper } from '../../../src/node/credentials/credential-helper.ts';

const [name = '', server = '', timeout] = argv.slice(2);
try {
  console.log(JSON.stringify(await queryCredentialHelper(name, server, Number(timeout))));
} catch (error) {
  if (!isNotationError(error)) throw error;
  console.log(error.code);
}
