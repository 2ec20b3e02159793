"use strict";
// The mirror's link to the coach: follows its states, sends what is touched, and comes back by itself.

const LOST_AFTER_MS = 12000; // the coach gives a sign of life every 5 s
const ANSWER_WITHIN_MS = 4000;
const PAIRED_WITHIN_MS = 30000; // a code counts once, so its answer is waited for: a busy coach takes long to check it
const LONGEST_WAIT_MS = 5000;
const LOOK_MS = 1000;
const SLEPT_MS = 5000;

const later = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

let token = null;
let reconnect = () => {};
let admitted = () => {}; // goes on when a code has brought a token
let isHere = false; // whether this is the coach's own computer, whose browser needs no code
let lastSign = 0; // of life, in milliseconds

function ask(path, body, within) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), within);
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal: abort.signal })
    .finally(() => clearTimeout(timer));
}

async function pair(shown) { // without a code, a token for as long as the coach runs
  const answer = await ask("pair", shown ? { code: shown } : {}, shown ? PAIRED_WITHIN_MS : ANSWER_WITHIN_MS);
  if (answer.ok) token = (await answer.json()).token;
  if (answer.ok && shown) stored("token", token);
  return answer.status;
}

async function send(intent, value) {
  const letters = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is not there without TLS
  const id = Array.from(letters, (letter) => letter.toString(16).padStart(2, "0")).join("");
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      if (!token && !(isHere && await pair("") === 200)) { reconnect(); break; }
      const { ok, status: answer } = await ask("commands", { id, intent, ...(value && { value }) }, ANSWER_WITHIN_MS);
      if (ok || answer === 409) return ""; // 409: it had arrived already
      if (answer !== 401) return answer === 429 ? "command.too_fast" : "command.failed";
      token = null;
    } catch { await later(300); }
  }
  return "command.failed";
}

function receive(message) {
  const fields = {};
  for (const line of message.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) || [];
    if (name) fields[name] = name in fields ? `${fields[name]}\n${value}` : value;
  }
  if (!fields.data) return;
  const content = JSON.parse(fields.data);
  learnClock(content.now);
  if (fields.event !== "state") return;
  if (content.language !== root.lang && stored("language") !== content.language) {
    stored("language", content.language); // so that it is tried once
    location.reload();
  }
  state = content;
  tellConnection(content.activity === "closed" ? "closed" : "open");
  askForCode(false);
  draw();
  if (wasInForm) slots.find((button) => !button.hidden).focus();
  wasInForm = false;
}

async function listen() { // one connection, until it ends
  const abort = new AbortController();
  let patience = setTimeout(() => abort.abort(), ANSWER_WITHIN_MS);
  reconnect = () => abort.abort();
  try {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const answer = await fetch("events", { headers, cache: "no-store", signal: abort.signal });
    if (answer.status === 401) return "unpaired";
    if (!answer.ok) return answer.status === 503 ? "full" : "lost";
    isHere = isHere || !token;
    clockSamples = []; // it may be another run of the coach, after a start of its computer
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    for (let text = ""; ;) {
      clearTimeout(patience);
      patience = setTimeout(() => abort.abort(), LOST_AFTER_MS);
      const { done, value } = await reader.read();
      lastSign = performance.now();
      if (done) return "lost";
      const messages = (text + decoder.decode(value, { stream: true })).replace(/\r/g, "").split("\n\n");
      text = messages.pop();
      for (const message of messages) {
        try { receive(message); } catch (error) { console.error(error); }
      }
    }
  } catch { // no network, or we gave it up
    return "lost";
  } finally {
    clearTimeout(patience);
    abort.abort();
  }
}

// ---- Pairing: what comes from elsewhere in the home brings a code, once.

let wasInForm = false; // the focus, before the form went away

function askForCode(isNeeded) {
  if (at.pairing.hidden !== isNeeded) return;
  wasInForm = at.pairing.contains(document.activeElement);
  root.dataset.pairing = isNeeded ? "open" : "";
  reveal(at.pairing, isNeeded);
  if (!isNeeded) return;
  tellConnection("unpaired");
  reveal(at.buttons, false);
  put(at.title, words["pairing.title"]);
  document.title = `${words["pairing.title"]} · ${words["page.name"]}`;
  at.code.focus();
  fit();
}

async function pairWith(shown) {
  const letters = shown.toUpperCase().replace(/[^A-Z0-9]/g, "");
  put(at["pairing-error"], words["pairing.checking"]);
  let mistake = "pairing.failed";
  try {
    const answer = await pair(`${letters.slice(0, 4)}-${letters.slice(4)}`);
    if (answer === 200) {
      at.code.value = "";
      put(at["pairing-error"], "");
      admitted();
      return;
    }
    mistake = answer === 429 ? "pairing.too_often" : "pairing.wrong";
  } catch { /* It did not answer. */ }
  put(at["pairing-error"], words[mistake]);
  fit();
}

async function pairByAddress() { // as the QR code has it; the code does not stay in the address
  const [, shown] = /^#pair=([A-Za-z0-9-]+)$/.exec(location.hash) || [];
  if (!shown) return;
  history.replaceState(null, "", location.pathname);
  at.code.value = shown; // if the coach does not answer, nobody has to type it
  await pairWith(shown);
}

async function admit() { // the coach does not know this screen, or no longer
  stored("token", null);
  token = null;
  askForCode(true);
  await new Promise((resolve) => { admitted = resolve; });
}

async function follow() { // for as long as the page is open
  token = stored("token");
  addEventListener("online", () => reconnect());
  addEventListener("hashchange", pairByAddress);
  document.addEventListener("visibilitychange", () => {
    if (performance.now() - lastSign > LOST_AFTER_MS / 2) reconnect();
  });
  let apart = Date.now() - performance.now(); // grows while this device sleeps: then the coach's time is not known
  setInterval(() => {
    const slept = Date.now() - performance.now() - apart;
    apart += slept;
    if (slept > SLEPT_MS) reconnect();
  }, LOOK_MS);
  at.pairing.addEventListener("submit", (event) => {
    event.preventDefault();
    pairWith(at.code.value);
  });
  await pairByAddress();
  for (let wait = 1000; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
    const end = await listen();
    if (connection === "open") wait = 1000;
    if (end === "unpaired") {
      await admit();
    } else {
      if (connection !== "closed" || end !== "lost") tellConnection(end); // who has said goodbye is not lost
      await later(wait);
    }
  }
}
