// What a client developer reads when a request is wrong.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, refusal } from './harness.mjs';

test('what does not exist is null, without an error', async () => {
  const answer = await ask(`{
    article(by: { slug: "nowhere" }) { id } tag(by: { slug: "nowhere" }) { id }
    node(id: "article_01h455vb4pex5vsknk084sn02q") { id } resolvePath(path: "/nowhere") { __typename }
  }`);
  assert.deepEqual(answer.json, { data: { article: null, tag: null, node: null, resolvePath: null } });
});

test('an id of the wrong kind names both kinds', async () => {
  const tag = (await ask('{ tags(first: 1) { nodes { id } } }')).json.data.tags.nodes[0].id;
  const answer = await ask('query ($id: ID!) { article(by: { id: $id }) { id } }', { variables: { id: tag } });
  assert.equal(refusal(answer).code, 'INVALID_ID');
  assert.match(answer.json.errors[0].message, /\(tag\).*article/);
});

test('a required variable that is not given is a request error and names the variable', async () => {
  for (const document of ['query ($words: String!) { search(query: $words) { nodes { score } } }', 'query ($slug: String!) { article(by: { slug: $slug }) { id } }']) {
    const answer = await ask(document, { variables: {} });
    assert.equal(answer.status, 400, answer.text);
    assert.ok(!('data' in answer.json), answer.text);
    assert.match(answer.json.errors[0].message, /words|slug/);
  }
});

test('a given variable that the operation does not declare is left alone', async () => {
  const answer = await ask('{ site { name } }', { variables: { unused: 1 } });
  assert.equal(answer.status, 200, answer.text);
});

test('the path of an error ends at the field that failed', { todo: 'in a list, the server leaves the last field out' }, async () => {
  const answer = await ask('{ articles(first: 1) { nodes { related(first: 1000) { id } } } }');
  assert.deepEqual(answer.json.errors[0].path, ['articles', 'nodes', 0, 'related']);
});
