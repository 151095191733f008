import { parseCertificate } from '../../../src/x509/certificate.ts';
import { evaluateOcsp } from '../../../src/x509/revocation/evaluate-ocsp.ts';
import type { EvaluationTime } from '../../../src/x509/revocation/evaluation.ts';
import { parseOcspResponse } from '../../../src/x509/revocation/ocsp-response.ts';
import { rejection } from '../../encoding/failure.ts';
import { forgeAuthority, forgeLeaf } from '../../support/forge.ts';
import { type ForgedOcspContent, type ForgedSingleResponse, forgeOcsp } from '../../support/forge-ocsp.ts';

const MINUTE = 60_000;
/** Whole seconds, as responses have them. */
export const now = new Date(Math.floor(Date.now() / 1000) * 1000);
/** A time before the check. */
export const ago = (minutes: number) => new Date(now.getTime() - minutes * MINUTE);
/** A time after the check. */
export const later = (minutes: number) => ago(-minutes);

export const issuer = forgeAuthority({ subject: 'issuer' });
export const certificate = forgeLeaf({ issuer });
/** The certificate that a response must be about. */
export const about: ForgedSingleResponse = { certificate, issuer };

/** Evaluates the certificate by a response. */
export const evaluate = (
  bytes: Uint8Array,
  at: Partial<EvaluationTime> = {},
  of = certificate,
  by = issuer,
) =>
  evaluateOcsp(parseOcspResponse(bytes), parseCertificate(of.der), parseCertificate(by.der), { now, ...at });

/** A response about the certificate by its issuer, unless stated otherwise. */
export const forge = (single: Partial<ForgedSingleResponse> = {}, whole: Partial<ForgedOcspContent> = {}) =>
  forgeOcsp({ responses: [{ ...about, ...single }], signer: issuer, ...whole });

/** Returns the message of the error of an invalid response. */
export const refused = (bytes: Uint8Array) => rejection(evaluate(bytes), 'ERR_OCSP_INVALID');
