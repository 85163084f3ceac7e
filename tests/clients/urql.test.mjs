// urql asks by POST and by GET, and understands errors beside data.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';
import { endpoint } from './harness.mjs';

const LATEST = gql`
  query Latest($first: Int!, $after: String) {
    articles(first: $first, after: $after) { nodes { id headline authors { name } } pageInfo { hasNextPage endCursor } }
  }
`;

for (const preferGetMethod of [false, 'force']) {
  test(`urql reads two pages by ${preferGetMethod ? 'GET' : 'POST'}`, async () => {
    const client = new Client({ url: endpoint, fetch, preferGetMethod, exchanges: [cacheExchange, fetchExchange] });
    const first = await client.query(LATEST, { first: 2 }).toPromise();
    assert.equal(first.error, undefined);
    assert.equal(first.data.articles.nodes.length, 2);
    const after = first.data.articles.pageInfo.endCursor;
    const second = await client.query(LATEST, { first: 2, after }).toPromise();
    const ids = [...first.data.articles.nodes, ...second.data.articles.nodes].map(({ id }) => id);
    assert.equal(new Set(ids).size, 4);
  });
}

test('urql gets the code of a refusal', async () => {
  const client = new Client({ url: endpoint, fetch, preferGetMethod: false, exchanges: [fetchExchange] });
  const { error } = await client.query(gql`{ nothingOfThisName }`, {}).toPromise();
  assert.equal(error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
});
