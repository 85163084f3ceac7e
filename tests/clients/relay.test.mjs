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
  query SourcePageQuery($slug: String!, $count: Int!, $cursor: String) {
    source(by: { slug: $slug }) { id ...SourcePage_citations @arguments(count: $count, cursor: $cursor) }
  }
\`;

graphql\`
  fragment SourcePage_citations on Source
  @refetchable(queryName: "SourcePagePaginationQuery")
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" }) {
    name
    citations(first: $count, after: $cursor) @connection(key: "SourcePage_citations") {
      edges { node { id role quote article { headline } } }
    }
  }
\`;

graphql\`
  fragment FrontPage_headline on Article { headline standfirst publishedAt authors { name slug } }
\`;
`;

test('the Relay compiler compiles paginated connections, and the queries run', { timeout: 60_000 }, async (t) => {
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
  const compiled = (name) => {
    const text = texts.find((each) => each.includes(`query ${name}(`));
    assert.ok(text, `${name} was compiled`);
    return text;
  };

  // A connection of the root: the next page is the same query with a cursor.
  const text = compiled('FrontPagePaginationQuery');

  const first = await ask(text, { variables: { count: 2, cursor: null } });
  assert.equal(first.status, 200, first.text);
  const { edges, pageInfo } = first.json.data.articles;
  assert.equal(edges.length, 2);
  assert.equal(edges[0].node.__typename, 'Article');
  const second = await ask(text, { variables: { count: 2, cursor: pageInfo.endCursor } });
  const ids = [...edges, ...second.json.data.articles.edges].map(({ node }) => node.id);
  assert.equal(new Set(ids).size, 4);

  // A connection of a node: Relay asks for the next page through `node(id:)`.
  const page = await ask(compiled('SourcePageQuery'), { variables: { slug: 'mozilla', count: 3, cursor: null } });
  assert.equal(page.json.errors, undefined, page.text);
  const { source } = page.json.data;
  assert.equal(source.citations.edges.length, 3);
  const next = await ask(compiled('SourcePagePaginationQuery'), {
    variables: { id: source.id, count: 3, cursor: source.citations.pageInfo.endCursor },
  });
  assert.equal(next.json.errors, undefined, next.text);
  assert.equal(next.json.data.node.__typename, 'Source');
  const cited = [...source.citations.edges, ...next.json.data.node.citations.edges].map(({ node }) => node.id);
  assert.equal(new Set(cited).size, 6);
});
