import { it } from 'vitest';
import { certificates } from './certificates.ts';
import { envelopes } from './envelopes.ts';
import { Random } from './random.ts';
import { crls, ocspResponses } from './revocation.ts';

const families = { envelopes, certificates, crls, ocspResponses };
it('shows', async () => {
  const [name = '', ...indices] = (process.env.SHOW ?? '').split(',');
  const family = await families[name as keyof typeof families]();
  for (const i of indices) {
    const q = family.make(new Random(Number(process.env.SEED ?? 1), Number(i))).question;
    console.log(i, JSON.stringify(q));
    if (q.mediaType === 'application/jose+json') {
      const t = Buffer.from(String(q.envelope), 'base64').toString();
      console.log(t);
      try {
        const e = JSON.parse(t);
        console.log(
          Buffer.from(e.protected, 'base64url').toString(),
          Buffer.from(e.payload, 'base64url').toString(),
        );
      } catch {}
    }
  }
});
