// Publishes a corpus of hostile bodies and opens each in a real browser, which must do nothing for them: run no program,
// ask nobody for anything but pictures, and hold no element or attribute beyond those that readers may get.
// `npm run inert` runs it against a server of its own. Every body is read in two ways, by the page's own parser and by
// `innerHTML`, written and read again; each event that a browser knows is sent to each element, and each link is clicked.
// Opening a page is slow, so bodies share pages; when one is at fault, each of its page is opened alone to name it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { ask, post } from './harness.mjs';

const paper = 'http://paper.test/';
const corpus = JSON.parse(await readFile(new URL('../fixtures/html/corpus.json', import.meta.url), 'utf8'));

// What readers may get, written down a second time, so that a slip in the server's own list shows.
const elements = new Set(`p a em strong li code br ul ol h1 h2 h3 h4 h5 h6 blockquote img pre td th tr thead tbody tfoot
  table caption hr sup sub del ins abbr b bdi bdo cite dd dfn dl dt figcaption figure i kbd mark q rp rt ruby s samp small
  time u var wbr section div article aside header footer main nav center address hgroup details summary`.split(/\s+/));
const attributes = new Set(`id href title rel src alt width height start value align colspan rowspan cite datetime class
  lang dir`.split(/\s+/));

// What the browser must notice when nobody sanitises it, or this test could not fail.
const controls = {
  script: '<script>pwned()</script>',
  event: '<img src=x onerror=pwned()>',
  'event that has to be sent': '<p onmouseover="pwned()">x</p>',
  'link to a program': '<a href="java&Tab;script:pwned()">x</a>',
  'animation of an address': '<svg><a><animate attributeName=href values=javascript:pwned() /><text y=20>x</text></a></svg>',
  frame: '<iframe srcdoc="<script>top.pwned()</script>"></iframe>',
  'form to a program': '<form action="javascript:pwned()"><input type=submit value=go></form>',
  request: '<link rel=stylesheet href="https://evil.example/x.css">',
  'request of a style': '<p style="background:url(https://evil.example/x.png)">x</p>',
  refresh: '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  'clobbered name': '<img name=getElementById>',
  'element beyond the list': '<input>',
};

/** How many bodies share a page. */
const together = 12;

let browser;
let context;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    timeout: 60_000,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
  context = await browser.newContext();
  await context.addInitScript(hooks);
});
after(() => browser?.close());

test('the browser notices what nobody has sanitised', { timeout: 120_000 }, async (t) => {
  for (const [name, html] of Object.entries(controls)) {
    const found = await seenBy([html]);
    assert.ok(found.length > 0, `${name} went unnoticed: ${html}`);
    t.diagnostic(`${name}: ${found.join('; ')}`);
  }
  assert.deepEqual(await seenBy(['<p id="b-abc">A <em>quiet</em> <a href="https://example.org">text</a>.</p>']), []);
});

test('most of the corpus is hostile when nobody sanitises it', { timeout: 120_000 }, async (t) => {
  const sample = corpus.filter(({ name }, index) => !name.startsWith('Markdown') && index % 4 === 0);
  const quiet = [];
  for (const { name, markdown } of sample) if ((await seenBy([markdown])).length === 0) quiet.push(name);
  t.diagnostic(`of ${sample.length} looked at, the browser noticed all but ${quiet.join(', ') || 'none'}`);
  assert.ok(quiet.length < sample.length / 5, quiet.join(', '));
});

test('every body of the corpus is inert', { timeout: 300_000 }, async (t) => {
  assert.ok(corpus.length >= 100, `${corpus.length} bodies`);
  const bodies = await published(corpus);
  t.diagnostic(`${bodies.length} bodies are published`);
  const faults = [];
  for (let first = 0; first < bodies.length; first += together) {
    const page = bodies.slice(first, first + together);
    const found = await seenBy(page.map(({ html }) => html));
    if (found.length === 0) continue;
    const alone = [];
    for (const { name, html } of page) {
      for (const fault of await seenBy([html])) alone.push(`${name}: ${fault}\n  ${html}`);
    }
    faults.push(...alone.length > 0 ? alone : [`${page.map(({ name }) => name).join(', ')}: ${found.join('; ')}`]);
  }
  assert.equal(faults.length, 0, `${faults.length} faults\n${faults.slice(0, 20).join('\n')}`);
});

/** Publishes every case as an article, its markup in the headline too, and gives all HTML that readers get of it. */
async function published(cases) {
  const { DATELINE_EDITOR_EMAIL: email, DATELINE_EDITOR_PASSWORD: password } = process.env;
  assert.ok(email && password, 'name an editor in DATELINE_EDITOR_EMAIL and DATELINE_EDITOR_PASSWORD');
  const signedIn = await ask(`mutation($email: String!, $password: String!) {
    signIn(email: $email, password: $password) { credentials { accessToken } errors { message } } }`,
  { variables: { email, password } });
  const authorization = `Bearer ${signedIn.json.data.signIn.credentials.accessToken}`;
  const act = async (query, variables) => {
    const answer = await post(JSON.stringify({ query, variables }), { authorization });
    assert.equal(answer.json.errors, undefined, answer.text);
    assert.deepEqual(answer.json.data.it.errors, [], answer.text);
    return answer.json.data.it.article;
  };
  const bodies = [];
  for (const [index, { name, markdown }] of cases.entries()) {
    const word = `corpus${index}word`;
    const input = {
      headline: `${word} ${markdown.replaceAll(/[\0\s]+/g, ' ').slice(0, 200)}`,
      slug: word,
      body: markdown,
    };
    const draft = await act('mutation($input: ArticleInput!) { it: articleDraftCreate(input: $input) { article { id version body { html } } errors { message } } }', { input });
    await act('mutation($id: ID!, $version: Int!) { it: articlePublish(id: $id, expectedVersion: $version) { article { id } errors { message } } }', draft);
    const { json } = await ask(`{
      article(by: {slug: "${word}"}) { body { markdown html blocks { html } } }
      search(query: "${word}") { nodes { highlightedHeadline snippet } }
    }`);
    const { body } = json.data.article;
    assert.equal(body.markdown, markdown, `${name} is kept as it was written`);
    assert.equal(draft.body.html, body.html, `${name} reads the same as a draft`);
    const [hit] = json.data.search.nodes;
    assert.ok(hit, `${name} is found`);
    const html = [body.html, ...body.blocks.map((block) => block.html), hit.highlightedHeadline, hit.snippet].join('\n');
    bodies.push({ name, markdown, html });
  }
  return bodies;
}

/** What a browser does for bodies on a page that notes everything. */
async function seenBy(bodies) {
  const noted = [];
  let document = `<!doctype html><meta charset=utf-8><title>Paper</title>${bodies.map((html) => `<main>${html}</main>`).join('')}`;
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('dialog', (dialog) => { noted.push(`a dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}); });
  page.on('popup', (popup) => { noted.push(`a new window: ${popup.url()}`); popup.close().catch(() => {}); });
  await page.route('**/*', (route) => {
    const request = route.request();
    if (request.url() === paper && request.isNavigationRequest() && document) {
      const served = document;
      document = '';
      return route.fulfill({ contentType: 'text/html; charset=utf-8', body: served });
    }
    // A body may show pictures; the page sees to it that an element `img` asked for them.
    const isHarmless = request.resourceType() === 'image' || request.url() === `${paper}favicon.ico`;
    if (!isHarmless) noted.push(`asked for ${request.url().slice(0, 100)} as ${request.resourceType()}`);
    return route.abort();
  });
  try {
    await page.goto(paper, { waitUntil: 'domcontentloaded' });
    const found = await page.evaluate(tried, { bodies, elements: [...elements], attributes: [...attributes] });
    return [...noted, ...found];
  } catch (error) {
    // The page has been taken away from under the test.
    return [...noted, `the page is gone: ${error.message.split('\n')[0]}`];
  } finally {
    await page.close();
  }
}

/** Runs before anything else in every frame. */
function hooks() {
  const noted = [];
  Object.defineProperty(window, 'notedHere', { value: noted });
  for (const name of ['pwned', 'alert', 'confirm', 'prompt', 'print', 'open', 'fetch']) {
    window[name] = () => { (top.notedHere ?? noted).push(`called ${name}`); };
  }
  document.addEventListener('submit', () => noted.push('sent a form'), true);
  document.addEventListener('securitypolicyviolation', () => noted.push('set a policy'));
}

/** Runs in the page: puts the bodies there once more, tries everything on them, and gives what is wrong. */
async function tried({ bodies, elements, attributes }) {
  const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
  const noted = window.notedHere;
  const all = (selector) => [...Document.prototype.querySelectorAll.call(document, selector)];
  if (all('body > main').length !== bodies.length) noted.push('swallowed what comes after it');
  for (const html of bodies) {
    let root = Document.prototype.createElement.call(document, 'main');
    all('html')[0].lastChild.append(root);
    root.innerHTML = html;
    // What is written out and read again must not change its meaning.
    for (let times = 0; times < 3; times += 1) {
      const again = Document.prototype.createElement.call(document, 'main');
      root.after(again);
      again.innerHTML = root.innerHTML;
      root = again;
    }
  }
  // Following an honest link is not for this test; a program behind a link runs.
  window.addEventListener('click', (event) => {
    const link = event.composedPath().find((target) => target.localName === 'a');
    if (link && /^(https?|mailto|tel):$/.test(link.protocol)) event.preventDefault();
  });
  await pause(25);
  if (document.documentElement.children.length !== 2) noted.push('changed the page');
  for (const name of ['getElementById', 'cookie', 'createElement', 'defaultView', 'body', 'location']) {
    if (Object.hasOwn(document, name) && name !== 'location') noted.push(`clobbered document.${name}`);
    if (document[name]?.nodeType === 1 && name !== 'body') noted.push(`clobbered document.${name}`);
  }
  // What breaks out of its place lands anywhere in the page.
  const everything = all('body *').filter((one) => one.localName !== 'main');
  if (all('head *').length !== 2) noted.push('changed the head of the page');
  for (const one of everything) {
    const name = one.localName;
    if (one.namespaceURI !== 'http://www.w3.org/1999/xhtml') noted.push(`holds <${name}> of ${one.namespaceURI}`);
    if (!elements.includes(name)) noted.push(`holds <${name}>`);
    for (const { name: attribute, value } of one.attributes) {
      if (!attributes.includes(attribute)) noted.push(`holds ${attribute} on <${name}>`);
      if (attribute === 'id' && !/^(b-[0-9a-z]+(-\d+)?|fn(ref)?-\d+(-\d+)?)$/.test(value)) noted.push(`holds the id ${value}`);
    }
    if (name === 'a' && one.hasAttribute('href') && !/^(https?|mailto|tel):$/.test(one.protocol)) noted.push(`leads to ${one.href}`);
    if (name === 'img' && one.hasAttribute('src') && !/^https?:/.test(one.src)) noted.push(`shows ${one.src}`);
    if (name === 'a' && one.hasAttribute('target')) noted.push('opens a window');
  }
  for (const picture of performance.getEntriesByType('resource')) {
    if (picture.initiatorType !== 'img' && !picture.name.endsWith('/favicon.ico')) noted.push(`asked for ${picture.name} as ${picture.initiatorType}`);
  }
  const events = new Set();
  for (const held of [window, Element.prototype, HTMLElement.prototype, SVGElement.prototype]) {
    for (const name of Object.getOwnPropertyNames(held)) if (/^on[a-z]+$/.test(name)) events.add(name.slice(2));
  }
  for (const quiet of ['click', 'beforeunload', 'unload', 'pagehide', 'submit', 'securitypolicyviolation', 'error', 'message']) events.delete(quiet);
  for (const one of everything) {
    for (const event of events) one.dispatchEvent(new Event(event, { bubbles: false }));
    one.focus?.();
    if (one.click) one.click(); else one.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
  }
  await pause(25);
  return [...new Set(noted)];
}
