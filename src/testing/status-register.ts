import { argumentInvalid } from '../errors/notation-error.ts';
import { readCertificates } from '../x509/certificate.ts';
import { REVOCATION_REASONS } from '../x509/revocation/evaluation.ts';
import type { TestCertificate } from './generate.ts';
import { readTime } from './validity.ts';

/** The reasons for a revocation (RFC 5280, section 5.3.1), without those that CRLs must not or need not state. */
export type TestRevocationReason =
  | 'keyCompromise'
  | 'cACompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation'
  | 'certificateHold'
  | 'privilegeWithdrawn'
  | 'aACompromise';

/** The options of a revocation. */
export interface TestRevocation {
  /** Why the certificate is revoked; not stated by default. */
  reason?: TestRevocationReason;
  /** Since when it is revoked, to the second; now by default, by the clock of the CA. */
  at?: Date;
}

/** A revocation as a CRL and an OCSP response state it. */
export interface Revocation {
  at: Date;
  /** The number of the CRLReason. */
  reason?: number;
}

const UNSTATED: readonly (string | undefined)[] = [undefined, 'unspecified', 'removeFromCRL'];

/** The certificates that a CA has issued, by their serial numbers in hexadecimal, and what became of them. */
export class StatusRegister {
  readonly #known = new Map<string, Revocation | 'good'>();

  add(serialNumber: string): void {
    this.#known.set(serialNumber, 'good');
  }

  /** @throws NotationError `ERR_ARGUMENT_INVALID` */
  revoke(certificate: TestCertificate, { reason, at }: TestRevocation, now: Date): void {
    const since = readTime('at', at ?? now);
    const number = reason === undefined ? undefined : REVOCATION_REASONS.indexOf(reason);
    if (number === -1 || (reason !== undefined && UNSTATED.includes(reason))) {
      const known = REVOCATION_REASONS.filter((name) => !UNSTATED.includes(name));
      throw argumentInvalid(`reason must be one of ${known.join(', ')}`);
    }
    this.#known.set(this.#serialNumberOf(certificate), {
      at: since,
      ...(number !== undefined && { reason: number }),
    });
  }

  /** @throws NotationError `ERR_ARGUMENT_INVALID` */
  forget(certificate: TestCertificate): void {
    this.#known.delete(this.#serialNumberOf(certificate));
  }

  /** Returns the status of a certificate; `undefined` if it is unknown. */
  get(serialNumber: string): Revocation | 'good' | undefined {
    return this.#known.get(serialNumber);
  }

  /** Returns the revoked certificates, by serial number. */
  revoked(): [serialNumber: string, revocation: Revocation][] {
    return [...this.#known].flatMap(([serialNumber, status]) =>
      status === 'good' ? [] : [[serialNumber, status]],
    );
  }

  #serialNumberOf(certificate: TestCertificate): string {
    const [leaf] = readCertificates(certificate?.certificates, 'certificates');
    if (leaf && this.#known.has(leaf.serialNumber)) return leaf.serialNumber;
    throw argumentInvalid('certificate must be one that this CA has issued, and has not forgotten');
  }
}
