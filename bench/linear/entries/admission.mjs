import { fill } from './inputs.mjs';

export default [
  {
    of: 'admission/pod-images.ts podOf',
    n: 5000,
    input: (n) => ({ spec: { containers: fill(n, (i) => ({ name: `c${i}`, image: `a/b:${i}` })) } }),
    call: (f, object) => f(object, { group: '', kind: 'Pod' }),
  },
  {
    of: 'admission/pull-secrets.ts readPullSecret',
    n: 2000,
    input: (n) => {
      const auths = Object.fromEntries(fill(n, (i) => [`r${i}.example`, { auth: btoa('robot:secret') }]));
      return {
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': btoa(JSON.stringify({ auths })) },
      };
    },
    call: (f, secret) => f(secret, 'pull'),
  },
];
