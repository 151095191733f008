import { argumentInvalid } from '../../errors/notation-error.ts';
import { quote } from '../../errors/quote.ts';
import { timestampInvalid } from './token-rules.ts';
import type { TimestampForm } from './types.ts';

const FORMS: readonly unknown[] = [
  'indefiniteLength',
  'otherCertificates',
  'signingCertificateV1',
] satisfies TimestampForm[];

/** The forms of a timestamp that a caller accepts, and those that were found. */
export class AcceptedForms {
  readonly used: TimestampForm[] = [];
  readonly #allowed: readonly TimestampForm[];

  /** @throws NotationError `ERR_ARGUMENT_INVALID` for anything but a list of forms */
  constructor(allowed: readonly TimestampForm[] = []) {
    if (!Array.isArray(allowed)) throw argumentInvalid('accept must be a list of forms of timestamps');
    const unknown = allowed.find((form: unknown) => !FORMS.includes(form));
    if (unknown !== undefined) {
      throw argumentInvalid(
        `accept has ${quote(unknown)}, which is not a form of timestamps: ${FORMS.join(', ')}`,
      );
    }
    this.#allowed = allowed;
  }

  allows(form: TimestampForm): boolean {
    return this.#allowed.includes(form);
  }

  /**
   * Records that a timestamp has a form.
   * @throws NotationError `ERR_TIMESTAMP_INVALID` if the form is not accepted
   */
  use(form: TimestampForm, reason: string): void {
    if (!this.allows(form))
      throw timestampInvalid(`${reason}, which only the option accept: ["${form}"] allows`);
    if (!this.used.includes(form)) this.used.push(form);
  }
}
