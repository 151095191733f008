import * as der from './der.ts';
import { type ForgedKey, keyIdentifierOf } from './forge-keys.ts';

/** Object identifiers of purposes of extended key usages. */
export const purposes = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const;

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** Extensions, DER. `critical` is as the profile requires by default. */
export const extensions = {
  /** Any extension: `value` is the DER inside the OCTET STRING. */
  of(id: string, value: Uint8Array, critical = false): Uint8Array {
    return der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
  },
  basicConstraints(value: { ca: boolean; pathLength?: number }, critical = true): Uint8Array {
    const { ca, pathLength } = value;
    const fields = [
      ...(ca ? [der.boolean(true)] : []),
      ...(pathLength === undefined ? [] : [der.integer(pathLength)]),
    ];
    return extensions.of('2.5.29.19', der.sequence(...fields), critical);
  },
  keyUsage(usages: readonly (typeof KEY_USAGES)[number][], critical = true): Uint8Array {
    const bits = usages.map((usage) => KEY_USAGES.indexOf(usage));
    return extensions.of('2.5.29.15', der.namedBits(bits), critical);
  },
  /** Takes dotted object identifiers, see {@link purposes}. */
  extendedKeyUsage(oids: readonly string[], critical = false): Uint8Array {
    return extensions.of('2.5.29.37', der.sequence(...oids.map(der.oid)), critical);
  },
  /** Authority information access with OCSP responders. */
  ocsp(urls: readonly string[], critical = false): Uint8Array {
    const descriptions = urls.map((url) => der.sequence(der.oid('1.3.6.1.5.5.7.48.1'), uri(url)));
    return extensions.of('1.3.6.1.5.5.7.1.1', der.sequence(...descriptions), critical);
  },
  /** One distribution point for each URL. */
  crl(urls: readonly string[], critical = false): Uint8Array {
    return extensions.of('2.5.29.31', distributionPoints(urls), critical);
  },
  /** Distribution points with several names each: URLs, or directory names in DER; any other DER is the whole point. */
  crlPoints(
    points: readonly (readonly (string | Uint8Array)[] | Uint8Array)[],
    critical = false,
  ): Uint8Array {
    const all = points.map((names) =>
      names instanceof Uint8Array
        ? names
        : der.sequence(der.explicit(0, der.explicit(0, ...names.map(generalName)))),
    );
    return extensions.of('2.5.29.31', der.sequence(...all), critical);
  },
  /** The URLs of delta CRLs, one distribution point for each. */
  freshestCrl(urls: readonly string[], critical = false): Uint8Array {
    return extensions.of('2.5.29.46', distributionPoints(urls), critical);
  },
  ocspNoCheck(critical = false): Uint8Array {
    return extensions.of('1.3.6.1.5.5.7.48.1.5', der.nullValue(), critical);
  },
  subjectKeyIdentifier(key: ForgedKey, critical = false): Uint8Array {
    return extensions.of('2.5.29.14', der.octetString(keyIdentifierOf(key)), critical);
  },
  authorityKeyIdentifier(key: ForgedKey, critical = false): Uint8Array {
    return extensions.of('2.5.29.35', der.sequence(der.implicit(0, keyIdentifierOf(key))), critical);
  },
};

function distributionPoints(urls: readonly string[]): Uint8Array {
  return der.sequence(...urls.map((url) => der.sequence(der.explicit(0, der.explicit(0, uri(url))))));
}

/** A URI, or a directory name in DER. */
export function generalName(name: string | Uint8Array): Uint8Array {
  return typeof name === 'string' ? uri(name) : der.explicit(4, name);
}

function uri(url: string): Uint8Array {
  return der.implicit(6, new TextEncoder().encode(url));
}
