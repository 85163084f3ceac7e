// Opens the page at `/` as a newcomer would, runs the first example, and takes a picture of the answer.
// Fails when the page asks another origin for anything, or when its security policy stops something.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { server } from './harness.mjs';

const picture = fileURLToPath(new URL('../../docs/graphiql.png', import.meta.url));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 });
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
  await page.getByRole('button', { name: /execute query/i }).waitFor();
  const tabs = await page.locator('.graphiql-tab').count();
  assert.ok(tabs >= 3, `${tabs} example tabs`);
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: /execute query/i }).click();
  await page.locator('.result-window').getByText('headline').first().waitFor();
  const answer = await page.locator('.result-window .CodeMirror').evaluate((element) => element.CodeMirror.getValue());
  assert.equal(JSON.parse(answer).errors, undefined, answer);

  await mkdir(dirname(picture), { recursive: true });
  await page.screenshot({ path: picture });
  assert.deepEqual(strangers, [], 'no request leaves the origin');
  assert.deepEqual(complaints, [], 'the console has no errors');
  console.log(`${picture}: ${tabs} tabs, ${JSON.parse(answer).data ? 'an answer' : 'no answer'}`);
} finally {
  await browser.close();
}
