// Apollo Client pages through a connection with its own cache policy.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { relayStylePagination } from '@apollo/client/utilities';
import { endpoint } from './harness.mjs';

const LATEST = gql`
  query Latest($first: Int!, $after: String) {
    articles(first: $first, after: $after) {
      edges { cursor node { id slug headline publishedAt } }
      pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
    }
  }
`;

test('Apollo Client fetches more and merges the pages', async () => {
  const client = new ApolloClient({
    link: new HttpLink({ uri: endpoint, fetch }),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { articles: relayStylePagination(['where', 'orderBy']) } } },
    }),
  });
  const latest = client.watchQuery({ query: LATEST, variables: { first: 2 } });
  const subscription = latest.subscribe({});
  const first = await client.query({ query: LATEST, variables: { first: 2 } });
  const { pageInfo, edges } = first.data.articles;
  assert.equal(edges.length, 2);
  assert.equal(pageInfo.hasNextPage, true);

  const more = await latest.fetchMore({ variables: { first: 2, after: pageInfo.endCursor } });
  assert.equal(more.data.articles.edges.length, 2);

  const cached = client.readQuery({ query: LATEST, variables: { first: 2 } });
  const ids = cached.articles.edges.map(({ node }) => node.id);
  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, 4);
  subscription.unsubscribe();
  client.stop();
});

test('Apollo Client keeps an article once, wherever it was asked for', async () => {
  const client = new ApolloClient({
    link: new HttpLink({ uri: endpoint, fetch }),
    cache: new InMemoryCache({ possibleTypes: { Resolution: ['Article', 'Author', 'Tag', 'Source', 'Redirect', 'Gone'] } }),
  });
  const list = await client.query({ query: gql`{ articles(first: 1) { nodes { id path headline } } }` });
  const [{ id, path, headline }] = list.data.articles.nodes;
  const resolved = await client.query({
    query: gql`query At($path: String!) { resolvePath(path: $path) { ... on Article { id version authors { id name } sources { id name kind } } } }`,
    variables: { path },
  });
  assert.equal(resolved.data.resolvePath.id, id);
  const kept = client.cache.extract()[`Article:${id}`];
  assert.equal(kept.headline, headline);
  assert.equal(kept.version, resolved.data.resolvePath.version);
  client.stop();
});

test('Apollo Client reports a refused document as GraphQL errors', async () => {
  const client = new ApolloClient({ link: new HttpLink({ uri: endpoint, fetch }), cache: new InMemoryCache() });
  await assert.rejects(
    client.query({ query: gql`{ nothingOfThisName }` }),
    (error) => /nothingOfThisName/.test(error.message) || /nothingOfThisName/.test(JSON.stringify(error)),
  );
  client.stop();
});
