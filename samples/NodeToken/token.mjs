// Prints a token: node token.mjs alice, with the app's secret in PARLEY_SECRET.
// docs: node-token
import { createHmac } from 'node:crypto';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of a user whom the app has authenticated, good for an hour. */
export function chatToken(app, secret, user) {
  const now = Math.floor(Date.now() / 1000);
  const unsigned = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ aud: app, sub: user, iat: now, exp: now + 3600 })}`;
  return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
}
// docs: end

console.log(chatToken(process.env.PARLEY_APP ?? 'demo', process.env.PARLEY_SECRET, process.argv[2]));
