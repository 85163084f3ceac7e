// Clients that name documents instead of sending them: Apollo's link, urql's exchange, and Relay's network layer.

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { endpoint, post, refusal } from './harness.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const trusted = JSON.parse(await readFile(new URL('trusted.json', import.meta.url), 'utf8'));

/** A document that no server has seen before. */
const fresh = () => gql(`query Fresh_${randomUUID().replaceAll('-', '')}($first: Int!) { articles(first: $first) { nodes { id headline } } }`);

/** A fetch that notes what was sent. */
function noting() {
  const sent = [];
  const noted = async (address, options = {}) => {
    const response = await fetch(address, options);
    const method = options.method ?? 'GET';
    const parameters = method === 'GET'
      ? Object.fromEntries(new URL(address).searchParams)
      : JSON.parse(options.body);
    sent.push({ method, status: response.status, type: response.headers.get('content-type'), hasQuery: 'query' in parameters });
    return response;
  };
  return { sent, fetch: noted };
}

for (const useGETForHashedQueries of [false, true]) {
  const method = useGETForHashedQueries ? 'GET' : 'POST';
  test(`Apollo Client persists a query once and then sends its hash by ${method}`, async () => {
    const { sent, fetch } = noting();
    const query = fresh();
    const client = new ApolloClient({
      link: createPersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: endpoint, fetch })),
      cache: new InMemoryCache(),
      defaultOptions: { query: { fetchPolicy: 'no-cache' } },
    });
    const first = await client.query({ query, variables: { first: 2 } });
    assert.equal(first.data.articles.nodes.length, 2);
    assert.deepEqual(sent.map(({ method, status, hasQuery }) => [method, status, hasQuery]), [
      [method, 200, false],
      ['POST', 200, true],
    ]);
    assert.match(sent[0].type, /^application\/graphql-response\+json/);
    const second = await client.query({ query, variables: { first: 3 } });
    assert.equal(second.data.articles.nodes.length, 3);
    assert.deepEqual(sent.slice(2).map(({ method, status, hasQuery }) => [method, status, hasQuery]), [[method, 200, false]]);
    client.stop();
  });
}

test('Apollo Client sends a trusted document by the id of its manifest', async () => {
  const { sent, fetch } = noting();
  const query = gql(trusted['source-page']);
  const client = new ApolloClient({
    link: createPersistedQueryLink({ generateHash: () => 'source-page' }).concat(new HttpLink({ uri: endpoint, fetch })),
    cache: new InMemoryCache(),
  });
  const { data } = await client.query({ query, variables: { slug: 'mozilla' } });
  assert.equal(data.source.name, 'Mozilla');
  assert.deepEqual(sent.map(({ hasQuery }) => hasQuery), [false]);
  client.stop();
});

for (const preferGetForPersistedQueries of [false, 'force']) {
  const method = preferGetForPersistedQueries ? 'GET' : 'POST';
  test(`urql persists a query once and then sends its hash by ${method}`, async () => {
    const { sent, fetch } = noting();
    const query = fresh();
    const client = new Client({
      url: endpoint,
      fetch,
      preferGetMethod: false,
      exchanges: [persistedExchange({ preferGetForPersistedQueries }), fetchExchange],
    });
    const first = await client.query(query, { first: 2 }).toPromise();
    assert.equal(first.error, undefined);
    assert.equal(first.data.articles.nodes.length, 2);
    assert.deepEqual(sent.map(({ hasQuery }) => hasQuery), [false, true]);
    const second = await client.query(query, { first: 3 }).toPromise();
    assert.equal(second.data.articles.nodes.length, 3);
    assert.equal(sent.length, 3);
    assert.deepEqual([sent[2].method, sent[2].status, sent[2].hasQuery], [method, 200, false]);
  });
}

test('a network layer of Relay names a compiled document by its id', async () => {
  const [id] = Object.keys(trusted);
  for (const name of ['doc_id', 'id', 'documentId']) {
    const answer = await post(JSON.stringify({ [name]: id, query: null, variables: { count: 2 } }));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.data.articles.nodes.length, 2);
  }
  const hash = sha256(trusted[id]);
  const address = new URL(endpoint);
  address.searchParams.set('documentId', `sha256:${hash}`);
  address.searchParams.set('variables', '{"count":1}');
  const read = await fetch(address, { headers: { accept: 'text/html, application/json' } });
  assert.equal((await read.json()).data.articles.nodes.length, 1);
});

test('an unknown id is named in the error', async () => {
  const answer = await post('{"documentId": "no-such-page"}', { accept: 'application/graphql-response+json' });
  assert.equal(answer.status, 400);
  assert.equal(refusal(answer).code, 'DOCUMENT_NOT_FOUND');
  assert.match(answer.json.errors[0].message, /no-such-page/);
});
