// Opens the page at `/` as a newcomer would, runs an example, and takes a picture of the answer.
// Fails when the page asks another origin for anything, or when its security policy stops something.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { server } from './harness.mjs';

const picture = fileURLToPath(new URL('../../docs/graphiql.png', import.meta.url));
/** The example in the picture: an article, its sources, and who says what in it. */
const example = 'OneArticle';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, deviceScaleFactor: 1 });
  const strangers = [];
  const complaints = [];
  await page.route('**/*', (route) => {
    const address = new URL(route.request().url());
    if (address.origin === server.origin || address.protocol === 'data:') return route.continue();
    strangers.push(address.href);
    return route.abort();
  });
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(error.message));

  await page.goto(new URL('/', server).href);
  const run = page.getByRole('button', { name: /execute query/i });
  await run.waitFor();
  const tabs = await page.locator('.graphiql-tab').allInnerTexts();
  assert.ok(tabs.some((name) => name.includes(example)), `the tabs are ${tabs.join(', ')}`);
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().waitFor();

  await page.locator('.graphiql-tab').getByText(example, { exact: true }).click();
  // GraphiQL notices the other operation's name a tenth of a second later.
  await page.waitForTimeout(500);
  await run.click();
  await page.locator('.result-window').getByText('headline').first().waitFor();
  const answer = await page.locator('.result-window .CodeMirror').evaluate((element) => element.CodeMirror.getValue());
  const { data, errors } = JSON.parse(answer);
  assert.equal(errors, undefined, answer);
  assert.ok(data.article.sources.length > 2 && data.article.citations.nodes.length > 2, answer);
  // The type that the query is about, in the documentation beside it.
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().click();

  await page.mouse.move(5, 5);
  await page.waitForTimeout(500);
  await mkdir(dirname(picture), { recursive: true });
  await page.screenshot({ path: picture });
  assert.deepEqual(strangers, [], 'no request leaves the origin');
  assert.deepEqual(complaints, [], 'the console has no errors');
  console.log(`${picture}: the example ${example} of ${tabs.length}`);
} finally {
  await browser.close();
}
