// One thing that somebody does in a real browser: `node page.mjs CHROMIUM SERVER FOLDER WHO DO …`.
// What the browser keeps of WHO lies in FOLDER between two calls, beside a picture after each.
// Prints one line of JSON: the status and path where it came to, the page's text, and whatever the
// page was refused or complained about.
import { chromium } from 'playwright-core';
import { existsSync } from 'node:fs';

const [executablePath, server, folder, who, what, ...more] = process.argv.slice(2);
const kept = `${folder}/${who}.json`;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({
  storageState: existsSync(kept) ? kept : undefined,
  viewport: more.includes('narrow') ? { width: 360, height: 800 } : { width: 1000, height: 1200 },
});
context.setDefaultTimeout(20_000);
const page = await context.newPage();
const complaints = [];
// What is refused by our policy or fails; not statuses, which are looked at, nor the provider's fonts.
page.on('console', (message) => {
  const text = message.text();
  if (message.type() === 'error' && !text.startsWith('Failed to load')) complaints.push(text);
});
page.on('pageerror', (error) => complaints.push(String(error)));
let status = 0;
page.on('response', (response) => {
  if (response.request().isNavigationRequest()) status = response.status();
});

const press = (name) => page.getByRole('button', { name, exact: true }).press('Enter');

const deeds = {
  async login() {
    await page.goto(`${server}/`);
    await page.getByRole('link', { name: /Log in/ }).press('Enter');
    await page.fill('[name=login]', who);
    await page.fill('[name=password]', 'any');
    await page.click('[type=submit]');
    // The provider asks whether the daemon may know who it is.
    await page.getByText('Continue').click();
    await page.waitForURL(`${server}/`);
  },
  async ask(flow, reason) {
    await page.goto(`${server}/`);
    await page.getByRole('link', { name: flow }).press('Enter');
    await page.getByLabel('Super Secret Button').check();
    await page.getByLabel('30m').check();
    await page.getByLabel('Why do you need access?').fill(reason);
    await press('Send the request');
    await page.waitForURL(/\/requests\/req_/);
  },
  async approve(id, comment) {
    await page.goto(`${server}/`);
    await page.locator(`a[href="/requests/${id}"]`).press('Enter');
    await page.getByLabel(/^Comment/).fill(comment);
    await Promise.all([page.waitForNavigation(), press('Approve')]);
  },
  async open(path) {
    await page.goto(server + path);
  },
};
await deeds[what](...more);
await page.screenshot({ path: `${folder}/${who}-${what}.png`, fullPage: true });
await context.storageState({ path: kept });
// Whatever can be filled in has a name that is read out.
const unnamed = await page.$$eval('input:not([type=hidden]), select, textarea', (all) =>
  all.filter((one) => !one.labels?.length).map((one) => one.outerHTML));
const text = await page.locator('body').innerText();
const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
console.log(JSON.stringify({ status, path: new URL(page.url()).pathname, text, complaints, unnamed, wide }));
await browser.close();
