export { runSign, SIGN_INPUTS } from './sign.ts';
export { runVerify, VERIFY_INPUTS } from './verify.ts';
