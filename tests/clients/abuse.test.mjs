// What a hostile or careless client sends, and that it costs the server next to nothing.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, connection, endpoint, post, refusal, server } from './harness.mjs';

const times = (count, write) => Array.from({ length: count }, (_, number) => write(number)).join(' ');

async function quickly(milliseconds, act) {
  const begun = performance.now();
  const result = await act();
  const took = performance.now() - begun;
  assert.ok(took < milliseconds, `took ${took.toFixed(0)} ms`);
  return result;
}

test('exponential fragments are refused in milliseconds', async (t) => {
  await ask('{ __typename }');
  const document = `{ ...f0 } ${times(26, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f26 on Query { __typename }`;
  const begun = performance.now();
  const answer = await quickly(250, () => ask(document));
  t.diagnostic(`${document.length} bytes refused in ${(performance.now() - begun).toFixed(1)} ms`);
  assert.equal(answer.status, 400);
  assert.equal(refusal(answer).limit, 'selections');
  assert.ok(refusal(answer).measured > 100_000_000);
});

test('a fragment that spreads itself is refused', async () => {
  const answer = await ask('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }');
  assert.equal(answer.status, 400);
  assert.equal(refusal(answer).code, 'GRAPHQL_VALIDATION_FAILED');
});

test('ten thousand aliases are refused', async () => {
  const few = await ask(`{ ${times(200, (n) => `a${n}: __typename`)} }`);
  assert.equal(few.status, 400);
  assert.equal(refusal(few).code, 'LIMIT_EXCEEDED');
  const many = await ask(`{ ${times(10_000, (n) => `a${n}: __typename`)} }`);
  assert.deepEqual(refusal(many), { code: 'LIMIT_EXCEEDED', limit: 'tokens', measured: 30_002, maximum: 10_000 });
});

test('deep nesting ends neither the parser nor the server', async () => {
  for (const document of [
    '{a'.repeat(5_000),
    `{ a(b: ${'['.repeat(9_000)}`,
    `{ a(b: ${'{c:'.repeat(3_000)}`,
    `query ($a: ${'['.repeat(9_000)}Int`,
  ]) {
    const answer = await quickly(250, () => ask(document));
    assert.equal(refusal(answer).limit, 'nesting');
  }
  const chain = `{ ...f0 } ${times(800, (n) => `fragment f${n} on Query { ...f${n + 1} }`)} fragment f800 on Query { __typename }`;
  assert.equal(refusal(await ask(chain)).limit, 'nesting');
  const variables = await post(`{"query": "{ __typename }", "variables": {"a": ${'['.repeat(100_000)}}}`);
  assert.equal(variables.status, 400);
});

test('introspection cannot be multiplied', async () => {
  const document = `{ __schema { types { ${'fields { type { '.repeat(6)} name ${'} } '.repeat(6)} } } }`;
  assert.equal(refusal(await ask(document)).limit, 'introspection_lists');
});

test('lists within lists are refused before the database is asked', async () => {
  const wide = await quickly(250, () => ask('{ articles(first: 100) { nodes { sources { articles(first: 100) { nodes { sources { id } } } } } } }'));
  assert.equal(wide.status, 400);
  assert.equal(refusal(wide).code, 'LIMIT_EXCEEDED');
  assert.equal(refusal(wide).limit, 'complexity');
  const circle = `{ articles(first: 1) { nodes { ${'authors { articles(first: 1) { nodes { '.repeat(6)} id ${'} } } '.repeat(6)} } } }`;
  const deep = await quickly(250, () => ask(circle));
  assert.deepEqual(refusal(deep), { code: 'LIMIT_EXCEEDED', limit: 'depth', measured: 21, maximum: 15 });
});

test('a page holds at most a hundred, and more is an error that names the maximum', async () => {
  for (const document of ['{ articles(first: 101) { nodes { id } } }', '{ articles(last: 101) { nodes { id } } }', `{ nodes(ids: [${'"article_01h455vb4pex5vsknk084sn02q" '.repeat(101)}]) { id } }`]) {
    const answer = await ask(document);
    assert.equal(refusal(answer).code, 'INVALID_ARGUMENT', document);
    assert.match(answer.json.errors[0].message, /maximum is 100/);
  }
});

test('hostile words are searched for as text', async () => {
  const query = 'query ($words: String!) { search(query: $words, first: 3) { nodes { snippet } } }';
  for (const words of [
    '"', '(', ')', '*', '^', '-', ':', 'NEAR(a b, 2)', 'headline:https', '{headline} : https', "' OR 1=1; DROP TABLE article; --",
    'AND', 'OR', 'NOT', 'OR OR OR', '"open source', 'a* OR b*', '& | ! <->', '%', '\\', '🚀', '<script>', 'http://a/b?c=d',
  ]) {
    const answer = await quickly(1_000, () => ask(query, { variables: { words } }));
    assert.equal(answer.status, 200, words);
    assert.equal(answer.json.errors, undefined, `${words}: ${answer.text}`);
  }
});

test('a NUL character is refused by name, as no text of the newsroom holds one', async () => {
  const query = 'query ($words: String!) { search(query: $words, first: 3) { nodes { snippet } } }';
  const answer = await ask(query, { variables: { words: 'a\u0000b' } });
  assert.equal(answer.status, 400);
  assert.equal(refusal(answer).code, 'GRAPHQL_VALIDATION_FAILED');
  assert.match(answer.json.errors[0].message, /words/);
});

test('a batch runs in order up to its limit', async () => {
  const batch = (count) => JSON.stringify(Array.from({ length: count }, (_, n) => ({ query: `{ a${n}: __typename }` })));
  const ten = await post(batch(10));
  assert.equal(ten.status, 200);
  assert.deepEqual(ten.json.map(({ data }) => Object.keys(data)[0]), Array.from({ length: 10 }, (_, n) => `a${n}`));
  const eleven = await post(batch(11));
  assert.equal(eleven.status, 400);
  assert.deepEqual(refusal(eleven), { code: 'LIMIT_EXCEEDED', limit: 'batch', measured: 11, maximum: 10 });
});

test('a body of 100 MB is cut at the limit', async (t) => {
  for (const framing of ['content-length: 104857600', 'transfer-encoding: chunked']) {
    const client = connection();
    client.socket.write(`POST /graphql HTTP/1.1\r\nhost: ${server.host}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`);
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    const chunked = framing.startsWith('transfer');
    let sent = 0;
    while (sent < 100 * 1024 * 1024 && client.received === '' && !client.socket.destroyed) {
      if (chunked) client.socket.write(`${chunk.length.toString(16)}\r\n`);
      const flushed = client.socket.write(chunk);
      if (chunked) client.socket.write('\r\n');
      sent += chunk.length;
      await Promise.race([
        new Promise((resolve) => { flushed ? setImmediate(resolve) : client.socket.once('drain', resolve); }),
        client.closed,
      ]);
    }
    await client.closed;
    t.diagnostic(`${framing}: answered after ${(sent / 1024).toFixed(0)} KiB`);
    assert.match(client.received, /^HTTP\/1\.1 413 /);
    assert.match(client.received, /PAYLOAD_TOO_LARGE/);
    assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were taken`);
  }
});

test('a body just above the limit is answered properly', async () => {
  const answer = await post(JSON.stringify({ query: `{ __typename } #${'x'.repeat(300 * 1024)}` }));
  assert.equal(answer.status, 413);
  assert.equal(refusal(answer).code, 'PAYLOAD_TOO_LARGE');
});

test('nothing but JSON is executed, so a foreign page can send nothing without a preflight', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json', 'application/json; charset=utf-16']) {
    const answer = await post('{"query": "{ __typename }"}', { 'content-type': type });
    assert.equal(answer.status, 415, type);
    assert.ok(!answer.text.includes('"data"'));
  }
  const silent = await fetch(endpoint, { method: 'POST', body: new Blob(['{"query": "{ __typename }"}']) });
  assert.equal(silent.status, 415);
});

test('no mutation runs by GET', async () => {
  const address = `${endpoint}?query=${encodeURIComponent('mutation { __typename }')}`;
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const response = await fetch(address, { headers: { accept } });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), 'POST');
    assert.ok(!(await response.text()).includes('"data"'));
  }
});

test('an unknown directive is an error', async () => {
  const answer = await ask('{ __typename @skp(if: true) }');
  assert.equal(answer.status, 400);
  assert.match(answer.json.errors[0].message, /Unknown directive "@skp"/);
});

test('conflicting fields are refused', async () => {
  for (const document of [
    '{ article(by: { slug: "a" }) { x: id } article(by: { slug: "a" }) { x: headline } }',
    '{ article(by: { slug: "a" }) { id } article(by: { slug: "b" }) { id } }',
    '{ article(by: { slug: "a" }) { x: id } ...f } fragment f on Query { article(by: { slug: "a" }) { x: headline } }',
  ]) {
    const answer = await ask(document);
    assert.equal(answer.status, 400, document);
    assert.equal(refusal(answer).code, 'GRAPHQL_VALIDATION_FAILED');
    assert.match(answer.json.errors[0].message, /conflict/);
  }
  const same = await ask('{ article(by: { slug: "a" }) { id } article(by: { slug: "a" }) { headline } }');
  assert.equal(same.status, 200);
});

test('two hundred slow connections are all closed', { timeout: 60_000 }, async (t) => {
  const heads = [
    '',
    'P',
    'PRI * HTTP/2.0\r\n',
    'POST /graphql HTTP/1.1\r\nhost: x\r\nx-slow: ',
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`,
  ];
  const clients = Array.from({ length: 200 }, (_, number) => {
    const client = connection();
    client.socket.write(heads[number % heads.length]);
    // A byte now and then must not count as progress.
    client.drip = setInterval(() => client.socket.write('a'), 1_000);
    client.closed.then(() => clearInterval(client.drip));
    return client;
  });
  const meanwhile = await quickly(1_000, () => ask('{ __typename }'));
  assert.equal(meanwhile.status, 200);
  const ages = await Promise.all(clients.map((client) => client.closed));
  t.diagnostic(`closed between ${(Math.min(...ages) / 1000).toFixed(1)} and ${(Math.max(...ages) / 1000).toFixed(1)} s`);
  assert.ok(Math.max(...ages) < 25_000);
});

test('errors tell nothing of what lies beneath', async () => {
  const leak = /select .* from|sqlx|sea.?orm|rusqlite|postgres|panicked|\.rs\b|\/src\/|\/home\/|\/root\/|\/tmp\//i;
  for (const document of [
    '{', '{ nope }', '{ article(by: {}) { id } }', '{ article(by: { slug: "a", id: "b" }) { id } }',
    '{ article(by: { id: "\' OR 1=1 --" }) { id } }', '{ node(id: "\\u0000") { id } }',
    '{ articles(first: -1) { nodes { id } } }', '{ articles(first: 100000) { nodes { id } } }',
    '{ articles(after: "garbage") { nodes { id } } }', '{ search(query: "\\"(* OR NEAR ^") { nodes { score } } }',
    '{ articles(where: { publishedAt: { gte: "yesterday" } }) { nodes { id } } }', '{ resolvePath(path: "/../etc/passwd") { __typename } }',
  ]) {
    const answer = await ask(document);
    assert.ok(answer.status < 500, `${document}: ${answer.status}`);
    assert.doesNotMatch(answer.text, leak, document);
    for (const error of answer.json.errors ?? []) {
      assert.ok(error.extensions?.code, `${document}: ${answer.text}`);
      assert.notEqual(error.extensions.code, 'INTERNAL', `${document}: ${answer.text}`);
    }
  }
});

test('a sane request id comes back, another is replaced', async () => {
  const kept = await post('{"query": "{ __typename }"}', { 'x-request-id': 'desk-7' });
  assert.equal(kept.headers.get('x-request-id'), 'desk-7');
  const replaced = await post('{"query": "{ __typename }"}', { 'x-request-id': 'x'.repeat(65) });
  assert.match(replaced.headers.get('x-request-id'), /^[0-9a-f-]{36}$/);
});

test('half a character in a string is refused, and the connection lives on', async () => {
  const answer = await ask('{ article(by: { slug: "\\uD800" }) { id } }');
  assert.equal(answer.status, 400);
  assert.equal(refusal(answer).code, 'GRAPHQL_PARSE_FAILED');
  const variable = await post('{"query": "query ($s: String) { article(by: { slug: $s }) { id } }", "variables": {"s": "\\uD800"}}');
  assert.equal(variable.status, 400);
});
