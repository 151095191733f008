// The inputs with which `npm run bench -- --linear` measures every function that reads what comes from outside. An entry:
//   of      the file below `src`, and the function
//   shape   what the input is, if there are several
//   n       its size; the function is measured at n and at 4n
//   input   makes it; `tools` has the forgers of the tests
//   call    calls the function with it; with the input as the only argument if it is left out
//   throws  the code of the error with which the function rejects it
import admission from './entries/admission.mjs';
import asn1 from './entries/asn1.mjs';
import dct from './entries/dct.mjs';
import encoding from './entries/encoding.mjs';
import envelope from './entries/envelope.mjs';
import errors from './entries/errors.mjs';
import keys from './entries/keys.mjs';
import kms from './entries/kms.mjs';
import net from './entries/net.mjs';
import node from './entries/node.mjs';
import oci from './entries/oci.mjs';
import plugin from './entries/plugin.mjs';
import policy from './entries/policy.mjs';
import references from './entries/references.mjs';
import registries from './entries/registries.mjs';
import storage from './entries/storage.mjs';
import x509 from './entries/x509.mjs';

export { exemptions } from './exemptions.mjs';

export const entries = [
  ...admission,
  ...asn1,
  ...dct,
  ...encoding,
  ...envelope,
  ...errors,
  ...keys,
  ...kms,
  ...net,
  ...node,
  ...oci,
  ...plugin,
  ...policy,
  ...references,
  ...registries,
  ...storage,
  ...x509,
];
