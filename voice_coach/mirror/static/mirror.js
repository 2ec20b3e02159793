"use strict";
// The mirror: shows what the coach tells it to show. No rule of the coach lives here. What goes over the wire: link.js.

const MODES = ["auto", "light", "dark", "mirror"];
const SLOTS = { back: 0, no: 0, next: 1, yes: 1, start: 1, repeat: 2, pause: 3, resume: 3, help: 3, stings: 4 };
const PHRASES = 5;
const CLOCK_WINDOW_S = 60;
const FRESH_MS = 400; // so long a button with a new meaning ignores the finger that was on its way to the old one
const STATUS_MS = 8000;
const SLOWEST_RING_MS = 150; // it agrees with the coach within 0.2 s

const root = document.documentElement;
const words = {};
const at = {}; // the page's elements, by id
let slots = [];
let state = null; // as the coach last told it
let needsFit = false;

const fill = (text, gaps) => text.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);

function stored(key, ...value) {
  try {
    if (!value.length) return localStorage.getItem(`voice-coach.${key}`);
    if (value[0] === null) localStorage.removeItem(`voice-coach.${key}`);
    else localStorage.setItem(`voice-coach.${key}`, value[0]);
  } catch { /* The browser keeps nothing: then we forget. */ }
  return null;
}

// ---- Drawing: only what has changed is touched.

function put(element, text) {
  if (write(element, text)) needsFit = true;
}

function write(element, text) { // where there is room in any case
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

function reveal(element, isShown) {
  if (element.hidden !== isShown) return;
  element.hidden = !isShown;
  needsFit = true;
}

function fit() { // the largest letters with which the page needs no scrolling
  if (!needsFit) return;
  needsFit = false;
  for (const level of ["0", "1", "2", "3", "4", "5", "6"]) {
    root.dataset.fit = level;
    if (root.scrollHeight <= root.clientHeight) return;
  }
  root.dataset.fit = "5"; // the smallest that leaves nothing out: it is scrolled
}

function draw() {
  const { phase, activity, title, saying, question, heard } = state;
  root.dataset.phase = phase;
  root.dataset.activity = activity;
  root.dataset.question = question ? "open" : "";
  document.title = [words[`phase.${phase}`], title, words["page.name"]].filter(Boolean).join(" · ");
  put(at.phase, words[`phase.${phase}`]);
  write(at["activity-name"], `${words[`activity.${activity}`]} ${state.loading}`.trim());
  const isOnTheWay = state.step_number > 0 && phase !== "done";
  put(at.place, isOnTheWay ? fill(words["step.place"], { number: state.step_number, count: state.step_count }) : "");
  put(at.number, isOnTheWay && !state.countdown ? String(state.step_number) : "");
  drawCaption(title, saying, question);
  put(at.title, title || words["page.welcome"]);
  put(at["question-text"], question);
  reveal(at.question, Boolean(question));
  put(at["heard-text"], heard);
  reveal(at["heard-line"], Boolean(heard));
  put(at.note, state.heard_note);
  drawPhrases(state.may_say.slice(0, PHRASES));
  drawSteps(state.steps);
  if (activity !== "closed") drawButtons(state.buttons);
  drawAlerts();
  drawCountdown();
  fit();
}

function drawCaption(title, saying, question) { // what was said last stays, paler, until something else is said
  if (saying) put(at.caption, saying === question ? "" : saying);
  else if (title !== at.title.textContent || at.caption.textContent === question) put(at.caption, "");
  at.caption.classList.toggle("past", !saying);
  reveal(at.caption, Boolean(at.caption.textContent));
}

function drawList(list, count, make) {
  while (list.children.length > count) { list.lastChild.remove(); needsFit = true; }
  while (list.children.length < count) { list.append(make(list.children.length)); needsFit = true; }
}

function drawPhrases(phrases) {
  drawList(at.phrases, phrases.length, () => document.createElement("li"));
  phrases.forEach((phrase, index) => put(at.phrases.children[index], phrase));
  reveal(at.say, phrases.length > 0);
}

function drawSteps(steps) {
  const drawn = steps.map((step) => step.progress + step.title).join("|");
  if (at.path.dataset.drawn === drawn) return;
  at.path.dataset.drawn = drawn;
  drawList(at.path, steps.length, () => {
    const item = document.createElement("li");
    item.append(document.createElement("span"), document.createElement("em"));
    return item;
  });
  const arcs = steps.length ? steps : [{ progress: "to come" }];
  at.arcs.replaceChildren(...arcs.map((step, index) => arc(step, index, arcs.length)));
  steps.forEach(({ title, progress }, index) => {
    const item = at.path.children[index];
    item.dataset.progress = progress;
    if (progress === "now") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    put(item.firstChild, title);
    put(item.lastChild, { done: words["step.done"], "left out": words["step.left_out"] }[progress] || "");
  });
}

function arc(step, index, count) {
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  const gap = count > 1 ? 0.06 * Math.sqrt(count) / 2 : 0;
  const attributes = { cx: 100, cy: 100, r: 92, pathLength: count, "stroke-dashoffset": -index - gap / 2 };
  attributes["stroke-dasharray"] = `${1 - gap} ${count - 1 + gap}`;
  for (const [name, value] of Object.entries(attributes)) circle.setAttribute(name, value);
  circle.dataset.progress = step.progress;
  return circle;
}

function drawButtons(intents) {
  const wanted = slots.map((_, index) => intents.find((intent) => SLOTS[intent] === index) || "");
  slots.forEach((button, index) => {
    button.classList.toggle("wide", (index === 1 && !wanted[0]) || (index === 2 && !wanted[3]));
    if (button.dataset.intent === wanted[index]) return;
    const hadFocus = document.activeElement === button;
    button.dataset.intent = wanted[index];
    reveal(button, Boolean(wanted[index]));
    if (!wanted[index]) {
      if (hadFocus) slots[wanted.findIndex((intent, other) => intent && other > index)].focus();
      return;
    }
    button.querySelector("use").setAttribute("href", `#i-${wanted[index]}`);
    put(button.lastChild, words[`button.${wanted[index]}`]);
    button.dataset.fresh = "";
    setTimeout(() => { delete button.dataset.fresh; enable(button); }, FRESH_MS);
    enable(button);
  });
  reveal(at.buttons, true);
}

function enable(button) { // never `disabled`: that would lose the focus
  if (connection !== "open" || "fresh" in button.dataset || "pending" in button.dataset) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

let connection = "connecting";
let status = "";
let forgetStatus = 0;

function drawAlerts() {
  const isCounting = Boolean(state && state.countdown && state.countdown.ends_at !== null);
  const lost = ["lost", "closed"].includes(connection) && isCounting ? `${connection}_counting` : connection;
  const wanted = new Map();
  if (connection !== "open" && connection !== "unpaired") wanted.set(words[`connection.${lost}`], "connection");
  for (const trouble of (state && state.troubles) || []) wanted.set(trouble, "trouble");
  if (status) wanted.set(words[status], "status");
  for (const child of [...at.alerts.children]) {
    if (wanted.has(child.textContent)) wanted.delete(child.textContent);
    else { child.remove(); needsFit = true; }
  }
  for (const [text, kind] of wanted) {
    const line = document.createElement("p");
    line.className = kind;
    put(line, text);
    at.alerts.append(line);
  }
}

function tellConnection(now) {
  if (connection === now) return;
  root.dataset.connection = connection = now;
  slots.forEach(enable);
  drawAlerts();
  fit();
}

function tellStatus(name) {
  clearTimeout(forgetStatus);
  status = name;
  if (name) forgetStatus = setTimeout(tellStatus, STATUS_MS, "");
  drawAlerts();
  fit();
}

// ---- Time: the coach's own clock, as the messages that came fastest tell it.

let clockSamples = [];
let nextDrawing = 0;

function learnClock(now) {
  const here = performance.now() / 1000;
  clockSamples = clockSamples.filter((sample) => here - sample.here < CLOCK_WINDOW_S).slice(-200);
  clockSamples.push({ here, ahead: here - now });
}

function coachNow() {
  return performance.now() / 1000 - Math.min(...clockSamples.map((sample) => sample.ahead));
}

function remainingSeconds() {
  const { ends_at: endsAt, remaining_seconds: remaining } = state.countdown;
  return Math.max(0, Math.min(remaining, endsAt === null ? remaining : endsAt - coachNow())); // it begins with the bell
}

function drawCountdown() { // digits change exactly at the second, the ring when it has moved by about a pixel
  clearTimeout(nextDrawing);
  const { countdown } = state;
  reveal(at.timer, Boolean(countdown));
  root.dataset.countdown = !countdown ? "" : countdown.ends_at === null ? "still" : "running";
  if (!countdown) return;
  const total = Math.max(countdown.total_seconds, 1);
  const left = remainingSeconds();
  const seconds = Math.ceil(left - 1e-6);
  const minutes = Math.ceil(seconds / 60);
  const digits = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  write(at.digits, digits);
  at.digits.classList.toggle("long", digits.length > 5);
  at.left.style.strokeDashoffset = String(1 - Math.min(1, left / total));
  const about = minutes > 1 ? "timer.minutes" : minutes ? "timer.one_minute" : "timer.over";
  write(at.about, fill(words[about], { minutes }));
  if (countdown.ends_at === null || left <= 0) return;
  const step = Math.min(SLOWEST_RING_MS, Math.max(33, 1000 * total / (Math.PI * at.ring.clientWidth || 1)));
  nextDrawing = setTimeout(drawCountdown, 1 + Math.min(step, 1000 * (left - (seconds - 1))));
}

// ---- Colours, and a screen that stays awake.

const isDark = matchMedia("(prefers-color-scheme: dark)");

function setMode(mode) {
  root.dataset.mode = mode;
  root.dataset.colours = mode === "auto" ? (isDark.matches ? "dark" : "light") : mode;
  if (at["mode-name"]) put(at["mode-name"], words[`mode.${mode}`]);
  fit();
}

async function stayAwake() { // not every browser can, and none without TLS but on this computer
  if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try { await navigator.wakeLock.request("screen"); } catch { /* A low battery may forbid it. */ }
}

function knownMode() {
  const mode = stored("mode");
  return MODES.includes(mode) ? mode : "auto";
}

setMode(knownMode()); // at once, so that no white flashes in the dark
isDark.addEventListener("change", () => setMode(root.dataset.mode));

document.addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll("[id]")) at[element.id] = element;
  for (const word of at.dictionary.content.querySelectorAll("[id]")) words[word.id] = word.textContent;
  slots = [...at.buttons.children];
  slots.forEach((button) => button.addEventListener("click", () => press(button)));
  at.mode.addEventListener("click", () => {
    const mode = MODES[(MODES.indexOf(root.dataset.mode) + 1) % MODES.length];
    stored("mode", mode);
    setMode(mode);
  });
  setMode(root.dataset.mode);
  addEventListener("resize", () => { needsFit = true; fit(); });
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  drawAlerts();
  fit();
  follow();
});
