// Every query that the page at `/` opens with answers on the sample site, and with something worth reading.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import vm from 'node:vm';
import { ask } from './harness.mjs';

const page = { window: {} };
vm.runInNewContext(await readFile(new URL('../../src/http/graphiql/examples.js', import.meta.url), 'utf8'), page);
const examples = page.window.datelineExamples;

for (const { query, variables } of examples) {
  const name = /^query (\w+)/m.exec(query)?.[1];
  test(`the example ${name} has an answer`, async () => {
    assert.ok(name, 'an example has a name, which becomes its tab');
    const answer = await ask(query, { variables: variables && JSON.parse(JSON.stringify(variables)) });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.errors, undefined, answer.text);
    for (const { path, list } of lists(answer.json.data)) assert.notEqual(list.length, 0, `${path} is empty`);
    assert.ok(Object.values(answer.json.data).some(Boolean), answer.text);
  });
}

test('the front page, sources, quotations and search are among the examples', async () => {
  const front = await example('FrontPage');
  assert.equal(front.articles.nodes.length, 5);
  for (const { headline, authors, tags, sources } of front.articles.nodes) {
    assert.ok(headline && authors.length && tags.length && sources.length, headline);
  }
  const { article } = await example('OneArticle');
  const quoted = article.citations.nodes.filter(({ role, speaker }) => role === 'QUOTE' && speaker);
  assert.ok(quoted.length >= 2, 'somebody is quoted');
  const { search } = await example('Search');
  assert.ok(search.nodes.length >= 3 && search.nodes.every(({ snippet }) => snippet.includes('<mark>')));
  const resolved = await example('Resolve');
  assert.deepEqual(
    new Set(Object.values(resolved).map((found) => found?.__typename)),
    new Set(['Article', 'Redirect', 'Author', 'Gone', undefined]),
  );
});

async function example(name) {
  const { query, variables } = examples.find((each) => each.query.includes(`query ${name}`));
  return (await ask(query, { variables: variables && JSON.parse(JSON.stringify(variables)) })).json.data;
}

/** The lists of an answer that would show a reader nothing when empty. */
function* lists(value, path = '') {
  if (Array.isArray(value)) {
    // Most articles have no notice.
    if (!path.endsWith('.notices')) yield { path, list: value };
    for (const item of value) yield* lists(item, `${path}[]`);
  } else if (value && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) yield* lists(item, `${path}.${key}`);
  }
}
