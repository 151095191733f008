/** The WebCrypto of this runtime with one curve removed. */
export function withoutCurve(name: string): object {
  const { subtle } = globalThis.crypto;
  const refuse = (parameters: unknown) => {
    const lacks = (parameters as { namedCurve?: string }).namedCurve === name;
    if (lacks) throw new DOMException('Unrecognized namedCurve', 'NotSupportedError');
  };
  const { generateKey, importKey, verify, digest } = subtle;
  return {
    subtle: {
      async generateKey(...parameters: Parameters<typeof generateKey>) {
        refuse(parameters[0]);
        return generateKey.apply(subtle, parameters);
      },
      async importKey(...parameters: Parameters<typeof importKey>) {
        refuse(parameters[2]);
        return importKey.apply(subtle, parameters);
      },
      verify: verify.bind(subtle),
      digest: digest.bind(subtle),
    },
  };
}
