/** The thing that is read, for errors. */
export const WHAT = 'PKCS #12 file';
