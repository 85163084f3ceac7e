// The audit of the GraphQL-over-HTTP specification: every MUST, SHOULD and MAY.

import assert from 'node:assert/strict';
import test from 'node:test';
import { serverAudits } from 'graphql-http';
import { endpoint } from './harness.mjs';

const audits = serverAudits({ url: endpoint, fetchFn: fetch });

test('the audit has all the checks that it had when this was written', () => {
  assert.ok(audits.length >= 61, `${audits.length} audits`);
});

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    const body = result.status === 'ok' ? '' : await result.response.text();
    assert.equal(result.status, 'ok', `${result.reason} ${body}`);
  });
}
