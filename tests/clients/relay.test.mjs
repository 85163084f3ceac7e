// The Relay compiler accepts the schema, and what it compiles runs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { ask, server } from './harness.mjs';

const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');

const FRONT_PAGE = `
import { graphql } from 'react-relay';

graphql\`
  query FrontPageQuery($count: Int!, $cursor: String) {
    ...FrontPage_articles @arguments(count: $count, cursor: $cursor)
  }
\`;

graphql\`
  fragment FrontPage_articles on Query
  @refetchable(queryName: "FrontPagePaginationQuery")
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" }) {
    articles(first: $count, after: $cursor) @connection(key: "FrontPage_articles") {
      edges { node { id ...FrontPage_headline } }
    }
  }
\`;

graphql\`
  fragment FrontPage_headline on Article { headline standfirst publishedAt authors { name slug } }
\`;
`;

test('the Relay compiler compiles a paginated connection, and the query runs', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dateline-relay-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const sdl = await fetch(new URL('/schema.graphql', server));
  assert.equal(sdl.status, 200);
  assert.match(sdl.headers.get('content-type'), /^text\/plain/);
  await mkdir(join(folder, 'src'));
  await mkdir(join(folder, 'persisted'));
  await writeFile(join(folder, 'persisted', 'queries.json'), '{}');
  await writeFile(join(folder, 'schema.graphql'), await sdl.text());
  await writeFile(join(folder, 'src', 'FrontPage.js'), FRONT_PAGE);
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify({
    src: './src',
    schema: './schema.graphql',
    language: 'javascript',
    persistConfig: { file: './persisted/queries.json' },
  }));
  await promisify(execFile)(process.execPath, [compiler], { cwd: folder });

  const texts = Object.values(JSON.parse(await readFile(join(folder, 'persisted', 'queries.json'), 'utf8')));
  const text = texts.find((each) => each.includes('FrontPagePaginationQuery'));
  assert.ok(text, 'the pagination query was compiled');

  const first = await ask(text, { variables: { count: 2, cursor: null } });
  assert.equal(first.status, 200, first.text);
  const { edges, pageInfo } = first.json.data.articles;
  assert.equal(edges.length, 2);
  assert.equal(edges[0].node.__typename, 'Article');
  const second = await ask(text, { variables: { count: 2, cursor: pageInfo.endCursor } });
  const ids = [...edges, ...second.json.data.articles.edges].map(({ node }) => node.id);
  assert.equal(new Set(ids).size, 4);
});
