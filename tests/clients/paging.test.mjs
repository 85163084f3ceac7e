// Cursors as a client meets them: whole walks, both ways, and the errors of a cursor in the wrong place.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, refusal } from './harness.mjs';

const FORWARD = `query ($first: Int!, $after: String) {
  articles(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } count { value precision } }
}`;
const BACKWARD = `query ($last: Int!, $before: String) {
  articles(last: $last, before: $before) { nodes { id } pageInfo { hasPreviousPage startCursor } }
}`;

test('every page size walks the same list, forward and backward', async () => {
  const whole = await forward(100);
  for (const size of [1, 3, 7]) {
    assert.deepEqual(await forward(size), whole);
    assert.deepEqual(await backward(size), whole);
  }
});

test('the count is that of the whole list, whatever the page', async () => {
  const { articles } = (await ask(FORWARD, { variables: { first: 2 } })).json.data;
  assert.deepEqual(articles.count, { value: (await forward(100)).length, precision: 'EXACT' });
});

test('a cursor of another list is refused', async () => {
  const { articles } = (await ask(FORWARD, { variables: { first: 2 } })).json.data;
  const variables = { after: articles.pageInfo.endCursor };
  for (const list of ['articles(first: 2, after: $after, where: { kind: { in: [NEWS] } })', 'articles(first: 2, after: $after, orderBy: { field: TITLE })', 'tags(first: 2, after: $after)']) {
    const answer = await ask(`query ($after: String) { ${list} { nodes { id } } }`, { variables });
    assert.equal(refusal(answer).code, 'INVALID_CURSOR', list);
  }
});

async function forward(first) {
  const ids = [];
  for (let after = null, more = true; more;) {
    const { nodes, pageInfo } = (await ask(FORWARD, { variables: { first, after } })).json.data.articles;
    ids.push(...nodes.map(({ id }) => id));
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  return ids;
}

async function backward(last) {
  const ids = [];
  for (let before = null, more = true; more;) {
    const { nodes, pageInfo } = (await ask(BACKWARD, { variables: { last, before } })).json.data.articles;
    ids.unshift(...nodes.map(({ id }) => id));
    [before, more] = [pageInfo.startCursor, pageInfo.hasPreviousPage];
  }
  return ids;
}
