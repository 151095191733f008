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

/** The WebCrypto of this runtime as it would be if it imported long RSA keys, and failed with them, as Deno does. */
export function withoutRsaOver(bits: number): object {
  const { subtle } = globalThis.crypto;
  const { verify } = subtle;
  const refusing = async (...parameters: Parameters<typeof verify>) => {
    const { modulusLength = 0 } = parameters[1].algorithm as { modulusLength?: number };
    if (modulusLength > bits) throw new Error('SPKI cryptographic key data malformed');
    return verify.apply(subtle, parameters);
  };
  return {
    subtle: new Proxy(subtle, {
      get(target, name) {
        if (name === 'verify') return refusing;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
  };
}
